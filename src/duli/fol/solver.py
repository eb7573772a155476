"""Formulas handed to an SMT solver (z3), which finds worlds and tells which statements matter.

What it says is never an answer: its worlds are held against the statements (`duli.fol.worlds`), and what it refutes is
proved again by our own prover from the statements it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from duli.errors import MissingExtraError
from duli.fol.ground import ARITHMETIC
from duli.fol.rewrite import Names, apart
from duli.fol.sorts import Place, Sorts
from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    Exists,
    ForAll,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Number,
    Or,
    Predicate,
    Term,
    Variable,
    Xor,
)
from duli.fol.theory import Model
from duli.fol.worlds import work

if TYPE_CHECKING:
    import z3

_MOST = 50_000


class Solver:
    """Formulas as the solver has them.

    Args:
        formulas: what is to hold, each without free variables.
        unique_names: two names are never of one thing.
        integers: all numbers are whole.
        proofs: whether `instances` will be asked for.

    Raises:
        MissingExtraError: the extra ``fol`` is not installed.
    """

    def __init__(
        self,
        formulas: Sequence[Formula],
        *,
        unique_names: bool = False,
        integers: bool = False,
        proofs: bool = False,
    ) -> None:
        try:
            import z3
        except ImportError as error:
            raise MissingExtraError("z3-solver", "fol") from error
        self.names = Names()
        self.given = tuple(formulas)
        self.formulas = [apart(formula, self.names) for formula in formulas]
        self.sorts = Sorts(self.formulas)
        self.context = z3.Context(proof=proofs)
        self.thing = z3.DeclareSort("thing", self.context)
        self.number = z3.IntSort(self.context) if integers else z3.RealSort(self.context)
        self.unique_names = unique_names
        self._functions: dict[tuple[str, str, int], z3.FuncDeclRef] = {}
        self._constants: dict[str, Any] = {}
        self._variables: dict[str, Any] = {}
        self._things: list[Any] = []

    def core(self, seconds: float) -> tuple[int, ...] | None:
        """The numbers of formulas that cannot hold together; None where the solver does not say that."""
        import z3

        solver = self._solver(seconds)
        marks = {z3.Bool(f"statement {n}", self.context): n for n in range(len(self.formulas))}
        for mark, n in marks.items():
            solver.add(z3.Implies(mark, self._formula(self.formulas[n])))
        if solver.check(*marks) != z3.unsat:
            return None
        named = {str(mark): n for mark, n in marks.items()}
        return tuple(sorted(named[str(mark)] for mark in solver.unsat_core()))

    def instances(self, seconds: float) -> list[tuple[int, dict[str, Term]]] | None:
        """Which instances of the formulas contradict one another, as the solver's proof has them.

        The formulas are clauses, closed by "for all". A variable that no binding names may stand for anything.
        Returns None where the solver has no proof.
        """
        import z3

        solver = self._solver(seconds)
        found: list[tuple[int, dict[str, Term]]] = []
        called: dict[str, tuple[int, str]] = {}
        for number, formula in enumerate(self.formulas):
            if isinstance(formula, ForAll):
                before = _bound(self.given[number])
                called |= {
                    f"{v.name}?": (number, b.name) for v, b in zip(formula.variables, before, strict=True)
                }
            else:
                found.append((number, {}))
            solver.add(self._formula(formula))
        if solver.check() != z3.unsat:
            return None
        for names, values in _used(solver.proof()):
            if names[0] in called:
                bindings = {
                    called[name][1]: self._back(value) for name, value in zip(names, values, strict=True)
                }
                found.append((called[names[0]][0], bindings))
        return found

    def _back(self, value: Any) -> Term:
        """A term of the solver as one of ours."""
        import z3

        if z3.is_int_value(value):
            return Number(Fraction(value.as_long()))
        if z3.is_rational_value(value):
            return Number(Fraction(value.numerator_as_long(), value.denominator_as_long()))
        inner = tuple(self._back(child) for child in value.children())
        signs = {
            z3.Z3_OP_ADD: "+",
            z3.Z3_OP_SUB: "-",
            z3.Z3_OP_MUL: "*",
            z3.Z3_OP_DIV: "/",
            z3.Z3_OP_UMINUS: "-",
        }
        sign = signs.get(value.decl().kind())
        if sign is not None:
            return _folded(sign, inner)
        name = value.decl().name()
        return Function(name.rsplit("/", 1)[0], inner) if inner else Constant(name)

    def model(self, size: int, seconds: float) -> Model | None:
        """A world of so many things in which all holds; None where none was found in time.

        Where a quantifier is about numbers there is none to be found: they cannot all be looked at.
        """
        import z3

        if sum(work(formula, size) for formula in self.formulas) > _MOST or self._about_numbers():
            return None
        self._things = [z3.Const(f"thing {i}", self.thing) for i in range(size)]
        try:
            solver = self._solver(seconds)
            solver.add(z3.Distinct(*self._things))
            solver.add(*map(self._formula, self.formulas))
            solver.add(*self._within(self._things))
            if self.unique_names and len(self._named()) > 1:
                solver.add(z3.Distinct(*self._named()))
            if solver.check() != z3.sat:
                return None
            return self._model(solver.model(), self._things)
        finally:
            self._things = []

    def _about_numbers(self) -> bool:
        return any(self.sorts.numeric(("variable", name, 0)) for name in self.names.taken)

    def _named(self) -> list[Any]:
        return [constant for constant in self._constants.values() if constant.sort() == self.thing]

    def _within(self, things: Sequence[Any]) -> Iterator[Any]:
        """That every name and every value of a function is one of the things."""
        import z3

        values = self._named()
        for (kind, _, arity), declared in self._functions.items():
            if kind == "function" and declared.range() == self.thing and self._of_things(declared):
                values += [declared(*row) for row in product(things, repeat=arity)]
        for value in values:
            yield z3.Or(*(value == thing for thing in things))

    def _of_things(self, declared: z3.FuncDeclRef) -> bool:
        return all(declared.domain(i) == self.thing for i in range(declared.arity()))

    def _solver(self, seconds: float) -> z3.Solver:
        import z3

        # Without the search for models of quantifiers, which does not keep to its time.
        solver = z3.SimpleSolver(ctx=self.context)
        solver.set(timeout=max(1, int(seconds * 1000)), mbqi=False)
        return solver

    def _model(self, found: z3.ModelRef, things: Sequence[Any]) -> Model:
        def value(term: Any) -> str:
            return str(found.eval(term, model_completion=True))

        called = {value(constant): name for name, constant in reversed(self._constants.items())}
        called = {value(thing): called.get(value(thing), str(i)) for i, thing in enumerate(things, 1)}
        elements = {called[value(thing)]: thing for thing in things}
        functions: dict[str, dict[tuple[str, ...], str]] = {}
        predicates: dict[str, frozenset[tuple[str, ...]]] = {}
        for (kind, name, arity), declared in self._functions.items():
            if not self._of_things(declared):
                continue
            rows = {
                row: value(declared(*(elements[n] for n in row))) for row in product(elements, repeat=arity)
            }
            if kind == "predicate":
                predicates[name] = frozenset(row for row, held in rows.items() if held == "True")
            else:
                functions[name] = {row: called.get(raw, _exact(raw)) for row, raw in rows.items()}
        for name, constant in self._constants.items():
            raw = value(constant)
            functions[name] = {(): called.get(raw, _exact(raw))}
        return Model(tuple(elements), functions, predicates)

    def _sort(self, place: Place) -> Any:
        return self.number if self.sorts.numeric(place) else self.thing

    def _formula(self, formula: Formula) -> Any:
        import z3

        match formula:
            case Predicate(name, inner):
                made = tuple(map(self._term, inner))
                key = "predicate", name, len(inner)
                if key not in self._functions:
                    domain = [
                        self._sort(("predicate", name, len(inner) * 100 + i)) for i in range(len(inner))
                    ]
                    self._functions[key] = z3.Function(
                        f"{name}?{len(inner)}", *domain, z3.BoolSort(self.context)
                    )
                return self._functions[key](*made)
            case Compare(operator, left, right):
                a, b = self._term(left), self._term(right)
                return a == b if operator == "=" else a < b if operator == "<" else a <= b
            case Not(body):
                return z3.Not(self._formula(body))
            case And(inner_parts):
                return z3.And(*map(self._formula, inner_parts), z3.BoolVal(True, self.context))
            case Or(inner_parts):
                return z3.Or(*map(self._formula, inner_parts), z3.BoolVal(False, self.context))
            case Xor(left_part, right_part):
                return z3.Xor(self._formula(left_part), self._formula(right_part))
            case Iff(left_part, right_part):
                return self._formula(left_part) == self._formula(right_part)
            case Implies(condition, conclusion):
                return z3.Implies(self._formula(condition), self._formula(conclusion))
            case ForAll(variables, body) | Exists(variables, body) if self._things:
                rows = []
                for row in product(self._things, repeat=len(variables)):
                    self._variables |= {v.name: thing for v, thing in zip(variables, row, strict=True)}
                    rows.append(self._formula(body))
                return z3.And(*rows) if isinstance(formula, ForAll) else z3.Or(*rows)
            case ForAll(variables, body) | Exists(variables, body):
                bound = []
                for variable in variables:
                    sort = self._sort(("variable", variable.name, 0))
                    self._variables[variable.name] = z3.Const(f"{variable.name}?", sort)
                    bound.append(self._variables[variable.name])
                inside = self._formula(body)
                quantified = z3.ForAll if isinstance(formula, ForAll) else z3.Exists
                return quantified(bound, inside) if bound else inside

    def _term(self, term: Term) -> Any:
        import z3

        match term:
            case Variable(name):
                return self._variables[name]
            case Constant(name):
                if name not in self._constants:
                    self._constants[name] = z3.Const(name, self._sort(("function", name, 0)))
                return self._constants[name]
            case Number(value):
                whole = self.number.kind() == z3.Z3_INT_SORT and value.denominator == 1
                return z3.IntVal(int(value), self.context) if whole else z3.RealVal(str(value), self.context)
            case Function(name, inner):
                made = tuple(map(self._term, inner))
                if name in ARITHMETIC:
                    return _arithmetic(name, made)
                key = "function", name, len(inner)
                if key not in self._functions:
                    place = ("function", name, len(inner) * 100)
                    domain = [
                        self._sort(("function", name, len(inner) * 100 + i + 1)) for i in range(len(inner))
                    ]
                    self._functions[key] = z3.Function(f"{name}/{len(inner)}", *domain, self._sort(place))
                return self._functions[key](*made)


def _arithmetic(name: str, made: tuple[Any, ...]) -> Any:
    if len(made) == 1:
        return -made[0]
    a, b = made
    return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[name]()


def _exact(raw: str) -> str:
    """The solver's number as a fraction is written."""
    try:
        return str(Fraction(raw.replace("?", "").replace(" ", "")))
    except ValueError:
        return raw


def _folded(sign: str, inner: tuple[Term, ...]) -> Term:
    """Arithmetic of any number of terms as one of two, or one, at a time."""
    if len(inner) == 1:
        return Function(sign, inner)
    made, *rest = inner
    for term in rest:
        made = Function(sign, (made, term))
    return made


def _bound(formula: Formula) -> tuple[Variable, ...]:
    return formula.variables if isinstance(formula, ForAll) else ()


def _used(proof: Any) -> Iterator[tuple[list[str], list[Any]]]:
    """The instances that a solver's proof uses: names of variables, and what they stand for."""
    import z3

    seen: set[int] = set()
    waiting = [proof]
    while waiting:
        here = waiting.pop()
        if here.get_id() in seen or not z3.is_app(here):
            continue
        seen.add(here.get_id())
        if here.decl().kind() == z3.Z3_OP_PR_QUANT_INST:
            quantifier = here.arg(0).arg(0).arg(0)
            names = [quantifier.var_name(i) for i in range(quantifier.num_vars())]
            yield names, list(here.decl().params())
        waiting += here.children()
