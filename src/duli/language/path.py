"""The cheapest reading of a sentence whose words could each be of several kinds.

The grammar is compiled once by lark to an LALR table; each word comes with the kinds that it could be of, each with a
cost. Of all ways to choose one kind a word so that the grammar accepts the sentence, the cheapest is found (Dijkstra
1959, over the parser's states); of equal ones, the first. A state that was reached at a lower cost is not gone through
again, since what follows depends on the stack of states alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, TypeAlias

from duli.errors import MissingExtraError

MOST_STEPS = 20_000
"""Steps after which a sentence counts as outside the grammar; the longest of FOLIO's that is read takes under 3,000."""


Choices: TypeAlias = Sequence[tuple[tuple[str, int], ...]]


class NoReadingError(Exception):
    """What a rule's action raises where the words do not bear the rule."""


@dataclass(frozen=True)
class Stuck:
    """Where no reading went on: the number of the first word that nothing could do with, and what would have been."""

    at: int
    expected: frozenset[str]


class Grammar:
    """A grammar and what its rules build.

    Args:
        package: the folder of the grammar.
        actions: a function for each rule (or its alias), given the values of its parts.

    Raises:
        MissingExtraError: lark is not installed.
    """

    def __init__(self, package: str, actions: Mapping[str, Callable[[list[Any]], Any]]) -> None:
        try:
            import lark
        except ImportError as error:
            raise MissingExtraError("lark", "language") from error
        text = resources.files(package).joinpath("grammar.lark").read_text("utf-8")
        parser = lark.Lark(text, parser="lalr", lexer=_no_lexer(lark), maybe_placeholders=False)
        conf = parser.parse_interactive("").parser_state.parse_conf
        self._start, self._end = conf.start_state, conf.end_state
        self._actions: dict[int, dict[str, Any]] = {}
        for state, row in conf.states.items():
            self._actions[state] = {
                name: (None, arg) if action.name == "Shift" else (_Rule.of(arg, actions), 0)
                for name, (action, arg) in row.items()
            }

    def parse(self, values: Sequence[Any], choices: Choices, *, doubtful: int) -> Any | Stuck:
        """The value of the cheapest reading.

        Args:
            values: of the words.
            choices: of each word, its kinds with their costs.
            doubtful: a reading that costs as much or more is none.
        """
        queue: list[tuple[int, int, int, tuple[int, ...], tuple[Any, ...], str]] = []
        seen: set[tuple[int, tuple[int, ...]]] = set()
        furthest, steps, cost, at = 0, 0, 0, 0
        states: tuple[int, ...] = (self._start,)
        made: tuple[Any, ...] = ()
        open_at = {self._start}
        ends: Choices = ((("$END", 0),),)
        while steps < MOST_STEPS:
            if (at, states) not in seen:
                seen.add((at, states))
                for kind, extra in (choices[at : at + 1] or ends)[0]:
                    steps += 1
                    if cost + extra < doubtful:
                        heapq.heappush(queue, (cost + extra, -at, steps, states, made, kind))
            while queue:
                cost, at, _, states, made, kind = heapq.heappop(queue)
                went = self._feed(states, made, kind, values[-at] if kind != "$END" else None)
                if went is not None:
                    break
            else:
                break
            if kind == "$END":
                return went[1][-1]
            (states, made), at = went, 1 - at
            if at > furthest:
                furthest, open_at = at, set()
            if at == furthest:
                open_at.add(states[-1])
        expected = frozenset(name for state in open_at for name in self._actions[state] if name.isupper())
        return Stuck(furthest, expected)

    def _feed(
        self, states: tuple[int, ...], made: tuple[Any, ...], kind: str, value: Any
    ) -> tuple[tuple[int, ...], tuple[Any, ...]] | None:
        """The stacks after a word; None where the grammar does not go on."""
        while True:
            action = self._actions[states[-1]].get(kind)
            if action is None:
                return None
            rule, target = action
            if rule is None:
                return (*states, target), (*made, value)
            size = rule.size
            parts = list(made[len(made) - size :])
            try:
                built = rule.build(parts)
            except NoReadingError:
                return None
            states, made = states[: len(states) - size], (*made[: len(made) - size], built)
            states = (*states, self._actions[states[-1]][rule.name][1])
            if kind == "$END" and states[-1] == self._end:
                return states, made


@dataclass(frozen=True)
class _Rule:
    name: str
    size: int
    build: Callable[[list[Any]], Any]

    @classmethod
    def of(cls, rule: Any, actions: Mapping[str, Callable[[list[Any]], Any]]) -> _Rule:
        build = actions[rule.alias] if rule.alias else _first
        return cls(str(rule.origin.name), len(rule.expansion), build)


def _no_lexer(lark: Any) -> Any:
    """Words come with their kinds from outside."""

    class NoLexer(lark.lexer.Lexer):  # type: ignore[misc]
        __future_interface__ = 1

        def __init__(self, conf: Any) -> None: ...

        def lex(self, state: Any, parser: Any) -> Any:
            return iter(())

    return NoLexer


def _first(parts: list[Any]) -> Any:
    """A rule without an action of its own passes on what it has."""
    return parts[0] if len(parts) == 1 else tuple(parts)
