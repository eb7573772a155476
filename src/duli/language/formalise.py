"""Free text through a language model: it rewrites the text in sentences of the grammar, several times; logic decides.

The model's answer is JSON by a schema; each sentence in it is read by the grammar, and what is not read goes back to
the model with the reason and the nearest form. What a majority of the readings entail is kept; how many agree is the
confidence. The model proves nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from duli.errors import InputError, ModelError
from duli.fol import decide
from duli.fol.syntax import Formula, Statement
from duli.language.reader import Problem, Reading, read, tongue_of
from duli.language.texts import Language, ended, pieces
from duli.language.verbalise import same
from duli.lm import Generator, Settings, generate_json

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sentences": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "questions": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["sentences", "questions"],
    "additionalProperties": False,
}
_PROMPT = """Rewrite the text in short sentences, each of one of these forms, and say nothing that it does not say.
Use the same word for the same thing everywhere. Rewrite the questions as statements of the same forms, in their order.

Forms:
{forms}

Text:
{text}

Questions:
{questions}
"""
_REPAIR = """{prompt}
Your last answer was:
{answer}

These sentences are not of the forms; mend them:
{problems}
"""


@dataclass(frozen=True)
class Vote:
    """What a majority of readings say.

    Args:
        answer: true, false, unknown or contradiction; None where no answer has a majority.
        agreement: the share of readings that say so, in [0, 1]; readings that failed agree with nothing.
    """

    answer: str | None
    agreement: float


@dataclass(frozen=True)
class Formalised:
    """A text as a model rewrote it.

    Args:
        statements: what more than half of the readings entail, each with the share that does.
        votes: of each question.
        readings: those that the grammar reads whole.
        failed: why the others were given up.
    """

    statements: tuple[tuple[Statement, float], ...]
    votes: tuple[Vote, ...]
    readings: tuple[Reading, ...]
    failed: tuple[str, ...]


def formalise(
    text: str,
    generator: Generator,
    *,
    ask: Sequence[str] = (),
    language: Language | None = None,
    times: int = 5,
    repairs: int = 2,
    settings: Settings | None = None,
) -> Formalised:
    """Have a model rewrite a text in sentences of the grammar, several times, and keep what most readings entail.

    Args:
        text: free text.
        generator: the frozen model.
        ask: questions, in free words.
        language: of the sentences that are asked for; None for that of the text.
        times: how often, at least 1; the first at the settings' temperature, the others at 0.7 or more.
        repairs: how often the model is told what is not read, for each time.
        settings: of the first time.

    Raises:
        InputError: the text is empty, or times is less than 1.
        ModelError: the model cannot be asked at all.
    """
    if not text.strip():
        raise InputError("the text is empty")
    if times < 1:
        raise InputError("a text is read once at least", hint="times=5")
    first = settings or Settings(max_tokens=2048)
    own = language or next(pieces(text)).language
    found: list[Reading] = []
    failed: list[str] = []
    for number in range(times):
        warmer = max(first.temperature, 0.7) if number else first.temperature
        drawn = replace(first, seed=first.seed + number, temperature=warmer)
        made = _reading(text, generator, ask, own, drawn, repairs)
        if isinstance(made, Reading):
            found.append(made)
        else:
            failed.append(made)
    votes = tuple(_vote(found, number, times) for number in range(len(ask)))
    return Formalised(tuple(_kept(found, times)), votes, tuple(found), tuple(failed))


def _reading(
    text: str, generator: Generator, ask: Sequence[str], language: Language, settings: Settings, repairs: int
) -> Reading | str:
    """A reading without problems, or why there is none."""
    forms = "\n".join(f"- {form}" for form in tongue_of(language).forms)
    questions = "\n".join(f"{n}. {question}" for n, question in enumerate(ask, 1)) or "(none)"
    prompt = asked = _PROMPT.format(forms=forms, text=text, questions=questions)
    why = ""
    for _ in range(repairs + 1):
        try:
            answer = generate_json(generator, asked, _SCHEMA, settings)
        except ModelError as error:
            if "no JSON that fits" not in error.message:
                raise
            return error.message
        found = read("\n".join(map(ended, answer["sentences"])), language, ask=answer["questions"])
        problems = [each for each in (*found.problems, *found.asked) if isinstance(each, Problem)]
        reasons = [str(problem.error()) for problem in problems]
        if len(answer["questions"]) != len(ask):
            reasons.append(f"there are {len(ask)} questions, not {len(answer['questions'])}")
        if not reasons:
            return found
        why = reasons[0]
        last = json.dumps(answer, ensure_ascii=False)
        asked = _REPAIR.format(prompt=prompt, answer=last, problems="\n".join(reasons))
    return why


def _vote(found: Sequence[Reading], number: int, times: int) -> Vote:
    answers = Counter[str]()
    for reading in found:
        asked = reading.asked[number]
        if isinstance(asked, Statement):
            answers[decide(reading.theory(), asked.formula).answer] += 1
    if not answers:
        return Vote(None, 0.0)
    answer, most = answers.most_common(1)[0]
    return Vote(answer if 2 * most > times else None, most / times)


def _kept(found: Sequence[Reading], times: int) -> Iterator[tuple[Statement, float]]:
    """Statements that more than half of the readings entail, each once."""
    kept: list[Formula] = []
    theories = [reading.theory() for reading in found]
    for statement in (statement for reading in found for statement in reading.statements):
        if any(same(formula, statement.formula) for formula in kept):
            continue
        kept.append(statement.formula)
        agree = sum(decide(theory, statement.formula).answer == "true" for theory in theories)
        if 2 * agree > times:
            yield statement, agree / times
