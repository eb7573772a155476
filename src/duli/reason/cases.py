"""Cases: facts that are given, to what follows by a recipe's rules."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from duli import logic, recipe
from duli.errors import InputError, RecipeError
from duli.explain import to_dict
from duli.explain.steps import Step, steps
from duli.logic.syntax import Constant, Literal
from duli.logic.values import Symbols, encode_rows
from duli.recipe.cases import MONEY, Cases
from duli.types import Atom, Proof, Relation, Value

Row = tuple[Value, ...]
Facts = Mapping[str, Sequence[Row]]

_CHINESE = re.compile("[\u4e00-\u9fff]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_ASKED = ("asked_year", "asked_amount", "asked_day")
_MOST_YEARS = 60


@dataclass(frozen=True)
class Finding:
    """Something that holds in a case.

    Args:
        atom: what was asked, with values.
        sentence: the same in words.
        steps: the proof, premises first.
        proof: as a tree.
    """

    atom: Atom
    sentence: str
    steps: list[Step]
    proof: Proof

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections that the proof cites for what holds, in the order of the proof."""
        return tuple(dict.fromkeys(s.cited for s in self.steps if s.cited and s.kind != "absent"))


@dataclass(frozen=True)
class Decision:
    """What was asked of a case, and what holds."""

    query: str
    findings: tuple[Finding, ...]
    notice: str
    seconds: float = field(compare=False)

    def to_dict(self, *, proof: bool = False) -> dict[str, Any]:
        """As JSON: see docs/law.md."""
        answers = [
            {
                "atom": str(finding.atom),
                "sentence": finding.sentence,
                "probability": 1.0,
                "kind": "exact",
                "interval": [1.0, 1.0],
                "sections": list(finding.sections),
                "steps": [vars(step) for step in finding.steps],
                "proof": to_dict(finding.proof) if proof else None,
            }
            for finding in self.findings
        ]
        return {
            "query": self.query,
            "answers": answers,
            "abstained": False,
            "reason": None if answers else "nothing in the case shows it",
            "notice": self.notice,
            "seconds": round(self.seconds, 4),
        }


@dataclass(frozen=True)
class Judge:
    """A recipe about cases, ready to decide them: its rules are compiled once.

    >>> judge = Judge(recipe.read("law"))
    >>> facts = {"income": [("job", "alice", 22895, "2017-12-31")], "asked_year": [(2017,)]}
    >>> judge.decide(facts).rows("tax")
    [('alice', 2017, 2684)]
    """

    recipe: recipe.Recipe

    @property
    def cases(self) -> Cases:
        """What the recipe's predicates say; RecipeError where the recipe is not about cases."""
        if self.recipe.cases is None:
            raise RecipeError(
                f"the recipe {self.recipe.name} is not about cases", hint="it has no table [case]"
            )
        return self.recipe.cases

    @cached_property
    def program(self) -> logic.Program:
        """The rules, checked."""
        return logic.compile(self.recipe.rules, name=self.recipe.rules_file, inputs=self.cases.inputs)

    def decide(self, facts: Facts) -> logic.Result:
        """All that follows from facts, by predicate; InputError where one is not known, or of another length."""
        symbols, relations = Symbols(), {}
        given = {
            **facts,
            **self._wanted("stated", [*facts.get("stated", ()), *self._stated(facts)]),
            **self._wanted("asked_person", [*facts.get("asked_person", ()), *self._people(facts)]),
        }
        for name, rows in given.items():
            if name not in self.cases.inputs:
                raise self._unknown(name, "the facts")
            codes = encode_rows(list(dict.fromkeys(rows)), self.cases.inputs[name], symbols)
            relations[name] = Relation(tuple(codes.T))
        return self.program.run(relations, symbols, goal_directed=False)

    def ask(self, case: str, question: str = "", *, name: str = "case.dl") -> Decision:
        """What holds in a case.

        Args:
            case: a program: the facts, and perhaps rules for more facts, and queries.
            question: an atom, ``tax(alice, 2017, Amount)``, or a sentence of the recipe's forms; empty: what the case's
                queries ask.
            name: how errors call the case.

        Raises:
            ProgramError: the case or the question is not written as a program.
            InputError: nothing is asked, or a fact is not one of the recipe.
        """
        begun = time.perf_counter()
        program = self._compiled(case, name)
        asked = self.cases.forms.question(question.strip()).rstrip(".?")
        queries = self._compiled(f"query({asked}).", "the question").queries if asked else program.queries
        if not queries:
            raise InputError("nothing is asked", where=name, hint=f"ask an atom: {self.recipe.example}")
        facts = self._facts(program)
        result = self.decide({**facts, **self._asked(queries, facts)})
        language = "zh" if _CHINESE.search(case + question) else "en"
        findings = tuple(
            self.finding(result, atom, language) for q in queries for atom in self._holding(result, q)
        )
        query = ", ".join(map(str, queries))
        return Decision(query, findings, self.recipe.notice, time.perf_counter() - begun)

    def facts(self, case: str, *, name: str = "case.dl") -> dict[str, list[Row]]:
        """What a case states, in the words of the recipe; raises as ``ask``."""
        return self._facts(self._compiled(case, name))

    def _compiled(self, text: str, name: str) -> logic.Program:
        return logic.compile(text, name=name, inputs=self.cases.inputs)

    def finding(self, result: logic.Result, atom: Atom, language: str = "en") -> Finding:
        """An atom that holds, with its proof, which is checked."""
        proof = result.proof(atom)
        told = steps(proof, lambda name, values: self.cases.say(name, values, language))
        said = self.cases.say(atom.predicate, atom.arguments, language)
        return Finding(atom, said[0] if said else str(atom), told, proof)

    def _facts(self, program: logic.Program) -> dict[str, list[Row]]:
        """What a case says, in the words of the recipe."""
        used = {
            goal.predicate for rule in program.rules.rules for goal in rule.body if isinstance(goal, Literal)
        }
        for name in program.predicates:
            if name not in self.cases.inputs and name not in used:
                raise self._unknown(name, program.name)
        silent = replace(program, rules=replace(program.rules, queries=(), query_domains={}))
        result = silent.run(goal_directed=False)
        return {name: rows for name in self.cases.inputs if (rows := result.rows(name))}

    def _unknown(self, name: str, where: str) -> InputError:
        """The error of a fact that the recipe does not know, or not with so many arguments."""
        near = get_close_matches(name.partition("/")[0], self.cases.facts, 1)
        hint = "see the head of the recipe's rules"
        if near:
            hint = f"did you mean {near[0]}({', '.join(self.cases.facts[near[0]].arguments)})?"
        return InputError(f"{name} is no fact of the recipe {self.recipe.name}", where=where, hint=hint)

    def _asked(self, queries: Iterable[Literal], facts: Facts) -> dict[str, list[Row]]:
        """The years, amounts and days that are asked about; where no year is, all years of the case."""
        asked: dict[str, list[Row]] = {name: list(facts.get(name, ())) for name in _ASKED}
        for query in queries:
            said = self.cases.conclusions.get(query.predicate)
            for argument, term in zip(said.arguments, query.terms, strict=True) if said else ():
                kind = f"asked_{'amount' if argument in MONEY else argument}"
                if isinstance(term, Constant) and kind in asked:
                    asked[kind].append((term.value,))
        values = {(a, v) for name, rows in facts.items() for row in rows for a, v in self._named(name, row)}
        days = {str(v) for _, v in values if isinstance(v, str) and _DAY.match(v)}
        years = {int(v) for a, v in values if a == "year"} | {int(day[:4]) for day in days} - {1, 9999}
        asked["asked_day"] += [(day,) for day in sorted(days)]
        asked["asked_year"] = asked["asked_year"] or [(year,) for year in sorted(years)[-_MOST_YEARS:]]
        return {n: rows for name in _ASKED for n, rows in self._wanted(name, asked[name]).items()}

    def _wanted(self, name: str, rows: Sequence[Row]) -> dict[str, list[Row]]:
        """Facts that are worked out here, where the recipe's rules use them."""
        return {name: list(rows)} if name in self.cases.inputs else {}

    def _named(self, name: str, row: Row) -> Iterator[tuple[str, Value]]:
        said = self.cases.conclusions.get(name) or self.cases.facts[name]
        return zip(said.arguments, row, strict=True)

    def _holding(self, result: logic.Result, query: Literal) -> Iterator[Atom]:
        known = {i: term.value for i, term in enumerate(query.terms) if isinstance(term, Constant)}
        for row in result.matching(query.predicate, known):
            yield Atom(query.predicate, row)

    def _stated(self, facts: Facts) -> Iterator[Row]:
        """The amounts among a case's conclusions, which are not worked out again: (section, who, year, amount)."""
        for name, said in self.cases.conclusions.items():
            columns = [said.arguments.index(a) for a in ("taxpayer", "year", "amount") if a in said.arguments]
            if len(columns) == 3:
                yield from ((name, *(row[c] for c in columns)) for row in facts.get(name, ()))

    def _people(self, facts: Facts) -> Iterator[Row]:
        """Those whom a case's conclusions are about."""
        for name, said in self.cases.conclusions.items():
            yield from ((who,) for row in facts.get(name, ()) for who in said.people(row))
