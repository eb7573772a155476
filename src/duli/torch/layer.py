"""A program as a layer: probabilities of facts in, probabilities of what is asked out, both in batches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from duli.errors import InconsistentEvidenceError, InputError
from duli.logic.learning import UNKNOWN, parameters
from duli.logic.parser import parse
from duli.logic.program import Program, compile
from duli.logic.result import Result
from duli.logic.rules import Rule
from duli.logic.syntax import Constant, plain
from duli.logic.values import Symbols, encode_rows
from duli.logic.worlds import choice_numbers, exact
from duli.torch.choices import ByGroup, Own
from duli.torch.circuits import Steps, evaluated
from duli.types import Atom, Relation, Value, Vocabulary

Rows = Sequence[tuple[Value, ...]]
_UNKNOWN = 0.5
_ROUNDING = 1e-5


class LogicLayer(nn.Module):
    """A compiled program: batched, differentiable, exact; nothing is done sample by sample.

    Args:
        program: a program or its text; its queries are the outputs, its evidence is a condition.
        inputs: the rows of each predicate whose probabilities are given with each batch. They are inputs of the
            program; of a predicate that ``nn(network, [X], Y, [a, b]) :: p(X, Y).`` declares, rows of X are enough.
            Names alone: the rows are the program's own facts of these predicates, in order.
        exclusive: for each input whose rows exclude one another the column that is chosen; rows that agree on the
            others are one choice.
        logits: the inputs are logits: a softmax over each exclusive group, a sigmoid elsewhere.
        learn: predicates whose own probabilities in the program become parameters, in logit space; those that are
            written ``t(0.3)`` or ``t(_)`` do in any case. ``t(_)`` starts at random.
        networks: for each network that the program names a module from [n, …] to logits [n, labels].
        relations, vocabulary: further facts, as of ``Program.run``.

    Attributes:
        atoms: the outputs, in order.
        rows: the rows of each input, in order.
        learned: the clause and the head of each parameter of the program; ``learned_probabilities`` has their values.

    Raises:
        InputError: an input that the program does not have, or rows of another width.
        LimitReachedError: the program's circuit is too large.

    >>> layer = LogicLayer("wet :- rain(X). query(wet).", {"rain": [("ann",), ("bob",)]})
    >>> layer({"rain": torch.tensor([[0.5, 0.5], [0.0, 0.25]])}).tolist()
    [[0.75], [0.25]]
    """

    def __init__(
        self,
        program: Program | str,
        inputs: Mapping[str, Rows] | Sequence[str] = (),
        *,
        exclusive: Mapping[str, int] | None = None,
        logits: bool = False,
        learn: Collection[str] = (),
        networks: Mapping[str, Callable[[Tensor], Tensor]] | None = None,
        relations: Mapping[str, Relation] | None = None,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        super().__init__()
        made, self.rows = _with_inputs(program, inputs)
        self.logits, self._of_network = logits, {}
        self.networks = nn.ModuleDict({k: v for k, v in (networks or {}).items() if isinstance(v, nn.Module)})
        chosen = dict(exclusive or {})
        for neural in made.rules.neural:
            name = neural.literal.predicate
            if neural.output is None or name not in self.rows:
                continue
            column = [str(t) for t in neural.literal.terms].index(str(neural.output))
            chosen.setdefault(name, column)
            wide = len(neural.literal.terms)
            if self.rows[name] and len(self.rows[name][0]) == wide - 1:
                self.rows[name] = [
                    (*row[:column], label, *row[column:])
                    for row in self.rows[name]
                    for label in neural.labels
                ]
            self._of_network[name] = neural.network
        for name, column in chosen.items():
            if name not in self.rows or not 0 <= column < made.inputs.get(name, 0):
                raise InputError(f"exclusive names the column {column} of {name}, which is none of an input")
        if not made.queries:
            raise InputError("the program asks nothing", hint="add a line such as query(path(a, X)).")
        symbols = Symbols(vocabulary)
        found = dict(relations or {})
        self.groups = nn.ModuleDict()
        for name, rows in self.rows.items():
            if name not in made.inputs:
                raise InputError(
                    f"{name} is not an input of the program", hint=f"its inputs: {', '.join(made.inputs)}"
                )
            found[name] = self._relation(name, rows, made.inputs[name], chosen.get(name), symbols)
        result = made.run(found, symbols, goal_directed=False)
        self._build(result, made.rules.rules, learn)

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """The probability of each query atom [batch, atoms], given the evidence.

        Args:
            inputs: for each input predicate the probabilities (or logits) of its rows [batch, rows]; for one that a
                network gives, what the network takes: [batch, groups, …].

        Raises:
            InputError: an input that is missing, not known, or of another shape or type; on the CPU also one that is
                no probability.
            InconsistentEvidenceError: the evidence cannot be for a sample.
        """
        missing = sorted(self.rows.keys() - inputs.keys())
        if missing:
            raise InputError(f"the input {missing[0]} is missing", hint="give every input with each batch")
        given = {name: self._probabilities(name, values) for name, values in inputs.items()}
        base: Tensor = self.get_buffer("base")
        own = base[:0] if self.own is None else self.own()
        some = next(iter(given.values()), own if len(own) else base)
        own = own.to(some)[self.get_buffer("owner")]
        weights = base.to(some).index_copy(0, self.get_buffer("places_own"), own)
        weights = weights.expand(len(some) if given else 1, -1)
        for name, values in given.items():
            rows, places = self.get_buffer(f"rows_{name}"), self.get_buffer(f"places_{name}")
            weights = weights.index_copy(1, places, values.index_select(1, rows))
        out = evaluated(weights, self.circuit) if weights.device.type == "cpu" else self.steps(weights)
        if not self._conditional:
            return torch.as_tensor(out)
        n = len(self.atoms)
        observed = out[:, n:]
        if not bool((observed > 0).all()):
            raise InconsistentEvidenceError("the evidence is impossible for a sample of the batch")
        return torch.as_tensor(out[:, :n] / observed)

    @property
    def learned_probabilities(self) -> Tensor:
        """The probability of each parameter of the program [parameters], in the order of ``learned``."""
        return torch.empty(0) if self.own is None else torch.as_tensor(self.own().detach())

    def _relation(self, name: str, rows: Rows, arity: int, column: int | None, symbols: Symbols) -> Relation:
        codes = encode_rows(list(rows), arity, symbols)
        columns = tuple(np.ascontiguousarray(c) for c in codes.T)
        if column is None:
            return Relation(columns, np.full(len(rows), _UNKNOWN))
        _, groups = np.unique(np.delete(codes, column, 1), axis=0, return_inverse=True)
        groups = groups.ravel()
        self.groups[name] = ByGroup(groups)
        return Relation(columns, 1.0 / (1 + np.bincount(groups)[groups]), groups=groups)

    def _build(self, result: Result, rules: Sequence[Rule], learn: Collection[str]) -> None:
        lineage, algebra = exact(result)
        chances = result.chances
        self.atoms: list[Atom] = []
        tags = [np.empty(0, np.int64)]
        for query in chances.queries():
            numbers = chances.matching(query)
            new = [(a, n) for a, n in zip(result.atoms(query.predicate, numbers), numbers, strict=True)
                   if a not in self.atoms]  # fmt: skip
            numbers = np.array([n for _, n in new], np.int64)
            self.atoms += [atom for atom, _ in new]
            values = [t.value for t in query.terms if isinstance(t, Constant)]
            asked_for = Atom(plain(query.predicate), tuple(values))
            if len(values) == len(query.terms) and asked_for not in self.atoms:
                # It cannot hold, and is named all the same.
                self.atoms.append(asked_for)
                tags.append(np.ones(1, np.int64))
                continue
            certain = query.predicate not in lineage.run.uncertain
            tags.append(
                np.zeros(len(numbers), np.int64) if certain else lineage.tags(query.predicate, numbers)
            )
        asked = np.concatenate(tags)
        self._conditional = bool(result.rules.evidence)
        if self._conditional:
            asked = np.append(
                algebra.conjoin(asked, np.repeat(chances.observed, len(asked))), chances.observed
            )
        self.circuit = algebra.circuit(asked)
        self.steps = Steps(self.circuit)
        learned = parameters(result, rules, learn)
        self.learned = learned.names
        self.own = Own(learned) if learned.names else None
        owned = np.flatnonzero(learned.owner >= 0)
        self.register_buffer("places_own", torch.from_numpy(owned), persistent=False)
        self.register_buffer("owner", torch.from_numpy(learned.owner[owned]), persistent=False)
        self.register_buffer("base", torch.from_numpy(algebra.formula.chances.copy()), persistent=False)
        for name in self.rows:
            rows, places = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
            for origin in lineage.origins:
                if origin.predicate == name and origin.clauses is not None:
                    numbers = choice_numbers(algebra, origin)
                    # Behind the rows that were given stand the program's own facts.
                    own = (numbers >= 0) & (origin.clauses < len(self.rows[name]))
                    rows.append(origin.clauses[own])
                    places.append(numbers[own])
            self.register_buffer(f"rows_{name}", torch.from_numpy(np.concatenate(rows)), persistent=False)
            self.register_buffer(f"places_{name}", torch.from_numpy(np.concatenate(places)), persistent=False)

    def _probabilities(self, name: str, values: Tensor) -> Tensor:
        if name not in self.rows:
            raise InputError(
                f"{name} is not an input of the layer", hint=f"its inputs: {', '.join(self.rows)}"
            )
        network = self._of_network.get(name)
        softmax = self.logits
        if network is not None and network in self.networks:
            batch, groups = values.shape[:2]
            values = self.networks[network](values.flatten(0, 1)).reshape(batch, groups, -1).flatten(1)
            softmax = True
        if values.shape[1:] != (len(self.rows[name]),):
            raise InputError(f"{name} has {len(self.rows[name])} rows, the tensor {tuple(values.shape[1:])}")
        if not values.is_floating_point():
            raise InputError(f"{name} must be floats, not {values.dtype}")
        if not softmax:
            inside = (values > -_ROUNDING) & (values < 1 + _ROUNDING)
            # On another device the answer would have to be waited for.
            if values.device.type == "cpu" and not bool(inside.all()):
                raise InputError(
                    f"the probabilities of {name} must be in [0, 1]", hint="logits=True takes any number"
                )
            return values
        return torch.as_tensor(self.groups[name](values) if name in self.groups else values.sigmoid())


def _with_inputs(
    program: Program | str, inputs: Mapping[str, Rows] | Sequence[str]
) -> tuple[Program, dict[str, Rows]]:
    """The program with these inputs, and their rows: those that are given, or the program's own facts."""
    rows = dict(inputs) if isinstance(inputs, Mapping) else {}
    made = program
    if isinstance(made, str):
        given = {name: len(own[0]) for name, own in rows.items() if len(own)}
        declared = {n.literal.predicate for n in parse(made).neural}
        given = {name: width for name, width in given.items() if name not in declared}
        made = compile(made, inputs=given, unknown=UNKNOWN)
    if isinstance(inputs, Mapping):
        return made, rows
    names = [made.rules.resolve(name) for name in inputs]
    for name in names:
        facts = made.rules.facts_by_predicate.get(name, ())
        if not facts:
            raise InputError(f"{name} has no facts in the program", hint="give its rows: {name: [row, ...]}")
        rows[name] = [tuple(term.value for term in fact.terms) for fact in facts]
    kept = tuple(fact for fact in made.rules.facts if fact.predicate not in rows)
    rules = replace(made.rules, facts=kept, inputs=made.rules.inputs | rows.keys())
    widths = {name: rules.arities[name] for name in names}
    return replace(made, rules=rules, inputs={**made.inputs, **widths}), rows


def semantic_loss(probabilities: Tensor) -> Tensor:
    """-log of the probability that a constraint holds [batch, constraints], the mean (Xu et al. 2018).

    Below the smallest normal number a probability counts as that, so that the loss and its gradient stay finite.
    """
    return -probabilities.clamp_min(torch.finfo(probabilities.dtype).tiny).log().mean()
