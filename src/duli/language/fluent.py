"""A proof in the words of a language model, checked: each claim is read back, and is a step of the proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from duli.errors import ModelError
from duli.fol import Proof
from duli.fol.syntax import Formula
from duli.language.explain import Teller
from duli.language.reader import read
from duli.language.verbalise import same
from duli.lm import Generator, Settings, generate_json

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"claim": {"type": "string"}, "link": {"type": "string", "maxLength": 40}},
                "required": ["claim", "link"],
                "additionalProperties": False,
            },
            "minItems": 1,
        }
    },
    "required": ["claims"],
    "additionalProperties": False,
}
_LINKS = {
    "en": (
        "",
        "and",
        "also",
        "so",
        "therefore",
        "thus",
        "hence",
        "since",
        "but",
        "then",
        "finally",
        "we know that",
    ),
    "zh": ("", "并且", "而且", "所以", "因此", "于是", "因为", "但是", "那么", "最后", "已知"),
}
_PROMPT = """Tell this proof so that it reads well. Each claim is one of the sentences below, whole and unchanged;
they may come in another order, and needless ones may be left out. The link is put before the claim and is one of:
{links}.

{proof}
"""


@dataclass(frozen=True)
class Told:
    """A proof as text.

    Args:
        text: of it.
        by_model: whether the model's words stood the check; else they are our own.
        reason: why not.
    """

    text: str
    by_model: bool
    reason: str = ""


def tell(proof: Proof, teller: Teller, generator: Generator, settings: Settings | None = None) -> Told:
    """A proof in the model's words where they stand the check, else in our own.

    All claims are checked: the grammar reads each as the formula of a step, or of a statement that a step uses; the
    last is what is proved; and the links say nothing more.

    Args:
        proof: what to tell.
        teller: the theory, the language, our own words.
        generator: the frozen model.
        settings: of it.
    """
    own = "\n".join(teller.proof(proof))
    links = _LINKS[teller.language]
    prompt = _PROMPT.format(links=", ".join(link for link in links if link), proof=own)
    try:
        answer = generate_json(generator, prompt, _SCHEMA, settings)
    except ModelError as error:
        return Told(own, False, error.message)
    known = [step.formula for step in proof.steps]
    known += [teller.theory.statements[number].formula for number in proof.statements()]
    said: list[Formula] = []
    for each in answer["claims"]:
        if each["link"].strip(" ,，").lower() not in links:
            return Told(own, False, f"{each['link']!r} is more than a link")
        found = read("\n".join([each["claim"], *(s.text for s in teller.theory.statements)]), teller.language)
        claim = found.statements[0].formula if found.statements else None
        if found.problems or claim is None or not any(same(claim, formula) for formula in known):
            return Told(own, False, f"{each['claim']!r} is no step of the proof")
        said.append(claim)
    if not same(said[-1], proof.conclusion):
        return Told(own, False, "it does not end with what is proved")
    return Told(" ".join(_joined(each["link"], each["claim"]) for each in answer["claims"]), True)


def _joined(link: str, claim: str) -> str:
    plain = link.strip(" ,，")
    if not plain:
        return claim
    comma = (
        "，"
        if plain[0] > "\u3000"
        else " "
        if plain.lower() in ("and", "but", "since", "we know that")
        else ", "
    )
    return f"{plain[:1].upper()}{plain[1:]}{comma}{_small(claim)}"


def _small(claim: str) -> str:
    """A claim after a link: its first word in lower case, where that is no name."""
    first = claim.split(" ", 1)[0].lower()
    return (
        claim[:1].lower() + claim[1:]
        if first in ("the", "a", "an", "if", "all", "every", "no", "some")
        else claim
    )
