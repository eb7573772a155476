"""Every stage of one question, printed: text, phrases, features, mentions, facts, result, answer, proof."""

from __future__ import annotations

import sys

import duli
from duli import lm
from duli.explain import lines
from duli.neural.phrases import split

TEXT = "seizures, white patches on the skin, bumps on the face, kidney tumors; no fever"


def main(text: str = TEXT) -> None:
    """Print the stages."""
    reasoner = duli.load("diagnosis")
    known = reasoner.knowledge
    print(
        f"knowledge   {known.rows:,} facts in {len(known.relations)} relations, {len(known.vocabulary):,} symbols"
    )
    print(f"program     {len(reasoner.program.rules.rules)} rules; asks {reasoner.program.queries[0]}")

    phrases = split(text, reasoner.linker.known)
    print(f"phrases     {[('no ' if p.negated else '') + p.span.text for p in phrases]}")

    features = lm.encode(reasoner.encoder, [p.span.text for p in phrases], cache=False)
    print(f"features    {features.vectors.shape} {features.vectors.dtype} by {features.model}")

    mentions = reasoner.linker.link(phrases, features)
    for mention in mentions:
        best = [f"{name} {p:.2f}" for _, name, p in mention.candidates[:3]]
        print(f"mention     {mention.span.text!r}: {', '.join(best)}; none of these {mention.nothing:.2f}")

    facts = reasoner.facts(mentions)
    for predicate, rows in facts.items():
        print(f"facts       {len(rows)} of {predicate}, such as {predicate}{tuple(rows[0]) if rows else ()}")

    result = reasoner.run(facts)
    print(
        f"result      {len(result.codes('score')):,} diseases scored, {len(result.codes('counts')):,} counts"
    )

    answer = reasoner.answer(mentions, top=3)
    print(f"answer\n{answer}")
    assert answer.proof is not None  # noqa: S101
    print("proof (its first lines)")
    for _, line in zip(range(12), lines(answer.proof), strict=False):
        print(line)


if __name__ == "__main__":
    main(*sys.argv[1:2])
