"""Three answers to one program: ours, clingo's by the enumeration of all worlds, and ProbLog's."""

from __future__ import annotations

import re
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

import clingo

from duli import logic
from duli.errors import InconsistentEvidenceError
from tests.outside.program import Atom, Clause, Program, Term, Test, is_variable, matches

Answers = Mapping[str, float]
# Why there are no answers.
INCONSISTENT = "inconsistent evidence"
MOST_WORLDS = 4096
SECONDS = 60.0
_OPERATORS = {"==": "=", "=:=": "=", "is": "=", "\\==": "!=", "\\=": "!=", "=\\=": "!=", "=<": "<="}


class TooManyWorldsError(Exception):
    """A program with more worlds than we care to count."""


def ours(program: Program) -> Answers | str:
    """The engine's answers."""
    try:
        found = logic.compile(str(program)).run().probabilities
    except InconsistentEvidenceError:
        return INCONSISTENT
    return {str(atom): p for atom, p in found.items()}


def problog(program: Program) -> Answers | str:
    """ProbLog's answers, or the name of its refusal."""
    return problog_text(str(program.ordered()))


def problog_text(text: str) -> Answers | str:
    """ProbLog's answers to a text, or the name of its refusal."""
    from problog import errors, get_evaluatable
    from problog.program import PrologString

    try:
        with warnings.catch_warnings(), _limited():
            warnings.simplefilter("ignore")
            found = get_evaluatable().create_from(PrologString(text)).evaluate()
    except errors.InconsistentEvidenceError:
        return INCONSISTENT
    except Exception as error:
        # Its own errors, such as NegativeCycle, and its assertions: nothing to hold us against.
        return f"refused: {type(error).__name__}"
    return {str(atom).replace(" ", ""): float(p) for atom, p in found.items()}


@contextmanager
def _limited() -> Iterator[None]:
    """Raise TimeoutError after some seconds: on a few programs ProbLog goes on for hours."""

    def over(*_: object) -> NoReturn:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def worlds(program: Program, most: int = MOST_WORLDS) -> Answers | str:
    """The sum over all worlds: one stable model of the choices is one world.

    Each ground instance of a clause with chances chooses once its body holds, by itself; the weight of a model is the
    product over its choices.

    Raises:
        TooManyWorldsError: there are more than `most`.
    """
    control = clingo.Control([f"--models={most + 1}", "--warn=none"], lambda *_: None, 0)
    control.add("base", [], _encoded(program))
    control.ground([("base", [])])
    weigh = _weights(program)
    total, count = 0.0, 0
    sums: dict[clingo.Symbol, float] = {}
    with control.solve(yield_=True) as models:
        for model in models:
            count += 1
            if count > most:
                raise TooManyWorldsError
            weight, holds = 1.0, []
            for symbol in model.symbols(shown=True):
                if symbol.name == "choice":
                    weight *= weigh(symbol)
                else:
                    holds.append(symbol)
            total += weight
            for symbol in holds:
                sums[symbol] = sums.get(symbol, 0.0) + weight
    if total == 0:
        return INCONSISTENT
    return _asked(program, {s: p / total for s, p in sums.items()})


def _asked(program: Program, sums: Mapping[clingo.Symbol, float]) -> Answers:
    found: dict[str, float] = {}
    for symbol, p in sums.items():
        values = tuple(str(argument).replace('"', "") for argument in symbol.arguments)
        for query in program.queries:
            if query.predicate == symbol.name and matches(query, values):
                found[str(Atom(symbol.name, values))] = p
    return found


def _encoded(program: Program) -> str:
    lines = ["#show choice/3."]
    asked = {(q.predicate, len(q.terms)) for q in program.queries}
    lines += [f"#show {name}/{size}." for name, size in sorted(asked)]
    for number, clause in enumerate(program.clauses):
        body, variables = _body(clause)
        if clause.heads[0][0] is None:
            lines.append(f"{_atom(clause.heads[0][1])}{' :- ' + body if body else ''}.")
            continue
        values = "(" + "".join(f"{v}," for v in variables) + ")"
        options = [f"choice({number},{i},{values})" for i in range(len(clause.heads) + 1)]
        lines.append(f"1 {{ {'; '.join(options)} }} 1{' :- ' + body if body else ''}.")
        lines += [
            f"{_atom(atom)} :- {option}{', ' + body if body else ''}."
            for (_, atom), option in zip(clause.heads, options[1:], strict=True)
        ]
    lines += [f":- {'not ' if truth else ''}{_atom(atom)}." for atom, truth in program.evidence]
    return "\n".join(lines)


def _body(clause: Clause) -> tuple[str, tuple[Term, ...]]:
    """The body, each ``_`` of a positive literal with a name of its own, and all its variables."""
    goals, variables = [], dict[Term, None]()
    for goal in clause.body:
        if isinstance(goal, Test):
            right = goal.right + (f"+{goal.plus}" if goal.plus else "")
            goals.append(f"{goal.left} {_OPERATORS.get(goal.operator, goal.operator)} {right}")
            names: tuple[Term, ...] = (goal.left, goal.right)
        else:
            terms = list(goal.atom.terms)
            for i, term in enumerate(terms):
                if term == "_" and not goal.negated:
                    terms[i] = f"A{len(goals)}{i}"
            atom = Atom(goal.atom.predicate, tuple(terms))
            goals.append(f"not {_atom(atom)}" if goal.negated else _atom(atom))
            names = tuple(terms)
        variables.update(dict.fromkeys(name for name in names if is_variable(name)))
    return ", ".join(goals), tuple(variables)


def _atom(atom: Atom) -> str:
    # clingo has no numbers with a point: they are strings.
    terms = [f'"{t}"' if re.fullmatch(r"\d+\.\d+", t) else t for t in atom.terms]
    return f"{atom.predicate}({','.join(terms)})" if terms else atom.predicate


def _weights(program: Program) -> Callable[[clingo.Symbol], float]:
    variables = [_body(clause)[1] for clause in program.clauses]
    known: dict[clingo.Symbol, float] = {}

    def weigh(symbol: clingo.Symbol) -> float:
        if symbol not in known:
            number, option, values = symbol.arguments
            clause = program.clauses[number.number]
            bound = dict(zip(variables[number.number], values.arguments, strict=True))
            chances = [_chance(chance, bound) for chance, _ in clause.heads]
            known[symbol] = chances[option.number - 1] if option.number else max(0.0, 1 - sum(chances))
        return known[symbol]

    return weigh


def _chance(chance: float | str | tuple[str, int] | None, bound: Mapping[Term, clingo.Symbol]) -> float:
    if isinstance(chance, tuple):
        return float(bound[chance[0]].number) / chance[1]
    return float(bound[chance].string) if isinstance(chance, str) else float(chance or 0.0)
