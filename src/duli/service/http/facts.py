"""Facts of a request: ground atoms of predicates that the recipe takes, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from duli.errors import InputError
from duli.logic.parser import parse
from duli.logic.syntax import Constant
from duli.service.http.bodies import Fact
from duli.types import Value

Rows = dict[str, list[tuple[Value, ...]]]
_LONGEST = 10_000


def read(given: Sequence[Fact | str], known: Mapping[str, int]) -> Rows:
    """The rows of each predicate.

    Args:
        given: facts as data, or as a program writes them: ``edge(a, b)``.
        known: the predicates that may be stated, with their number of arguments.

    Raises:
        ProgramError: a text is no fact.
        InputError: it is more than a ground fact, or not of a known predicate.
    """
    rows: Rows = {}
    for number, one in enumerate(given):
        place = f"/facts/{number}"
        predicate, arguments = (
            _of_text(one, place) if isinstance(one, str) else (one.predicate, one.arguments)
        )
        if predicate not in known:
            hint = f"it takes: {', '.join(known)}" if known else "it takes none"
            raise InputError(f"the recipe takes no facts of {predicate[:80]!r}", where=place, hint=hint)
        if len(arguments) != known[predicate]:
            raise InputError(
                f"{predicate} has {known[predicate]} arguments, not {len(arguments)}", where=place
            )
        rows.setdefault(predicate, []).append(tuple(arguments))
    return rows


def _of_text(text: str, place: str) -> tuple[str, Sequence[Value]]:
    wrong = InputError(
        "this is not one ground fact", where=place, hint="write edge(a, b): no rule, no variable"
    )
    if len(text) > _LONGEST:
        raise InputError(f"a fact has at most {_LONGEST:,} characters", where=place)
    source = parse(text.strip().rstrip(".") + ".", place)
    asked = (source.queries, source.evidence, source.utilities, source.neural)
    if len(source.clauses) != 1 or any(asked):
        raise wrong
    (clause,) = source.clauses
    if clause.body or clause.others or clause.probability is not None or clause.head.aggregates:
        raise wrong
    values = [term.value for term in clause.head.terms if isinstance(term, Constant)]
    if len(values) != len(clause.head.terms):
        raise wrong
    return clause.head.predicate, values
