"""Verdicts and proofs as sentences, in the language of the question; each leaf names the sentence that it came from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from duli.fol import Proof, Step, Theory, Verdict
from duli.fol.rewrite import FALSE, symbols
from duli.fol.syntax import And, Exists, ForAll, Formula, Implies, Not, Or, Variable, terms
from duli.fol.write import write
from duli.language.reader import tongue_of
from duli.language.texts import Language

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "true": "It is true.", "false": "It is false.", "limit": "The search was stopped by its limit.",
        "unknown": "It is unknown: neither it nor its opposite follows.",
        "contradiction": "The sentences contradict one another.",
        "conflict": "Elsewhere the sentences contradict one another:", "against": "And against it:",
        "unheard": "No sentence speaks of: {}.", "list": ", ",
        "suppose": "Suppose: {}", "cannot": "That cannot be.", "and": " and ",
        "said": "said: {}", "by": "from {} by: {}", "from": "from {}",
        "assumption": "supposed", "arithmetic": "by arithmetic", "names": "two names, two things",
        "cases": "in every case", "absent": "nothing says otherwise",
    },
    "zh": {
        "true": "是真的。", "false": "是假的。", "limit": "到了限度，搜索停止了。",
        "unknown": "不知道：它和它的反面都推不出。",
        "contradiction": "这些句子互相矛盾。",
        "conflict": "别处的句子互相矛盾：", "against": "相反的一面：",
        "unheard": "没有句子说到：{}。", "list": "、",
        "suppose": "假设：{}", "cannot": "这不可能。", "and": "、",
        "said": "原文：{}", "by": "由 {}，根据：{}", "from": "由 {}",
        "assumption": "假设", "arithmetic": "算术", "names": "名字不同，事物不同",
        "cases": "每种情形都如此", "absent": "没有别的说法",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Teller:
    """Tells verdicts.

    Args:
        theory: whose statements the proofs name.
        language: of what is told.
        kinds: predicates that are nouns.
        things: how many things there are, where an order is described.
    """

    theory: Theory
    language: Language = "en"
    kinds: Collection[str] = ()
    things: int | None = None

    @property
    def say(self) -> Callable[[Formula], str]:
        """A formula as a sentence; in the notation of logic where the grammar has no sentence for it."""
        writer = tongue_of(self.language).writer(self.kinds, self.things)

        def said(formula: Formula) -> str:
            return next(writer.sentences(_closed(formula)), None) or write(formula)

        return said

    def unheard(self, asked: Formula) -> Iterator[str]:
        """That no sentence speaks of some things or words of a question, where that is so."""
        known = set[str]().union(*(symbols(statement.formula) for statement in self.theory.statements))
        names = sorted(set(symbols(asked)) - known)
        if names:
            yield _WORDS[self.language]["unheard"].format(_WORDS[self.language]["list"].join(names))

    def verdict(self, verdict: Verdict, asked: Formula | None = None) -> Iterator[str]:
        """The answer and its proofs, a line each step; of "unknown" also what no sentence speaks of."""
        words = _WORDS[self.language]
        yield words[verdict.answer]
        if verdict.answer == "unknown" and asked is not None:
            yield from self.unheard(asked)
        if verdict.limit:
            yield words["limit"]
        if verdict.proof is not None:
            yield from self.proof(verdict.proof)
        if verdict.second is not None:
            yield words["against"]
            yield from self.proof(verdict.second)
        if verdict.conflict is not None:
            yield words["conflict"]
            for proof in verdict.conflict:
                yield from self.proof(proof)

    def proof(self, proof: Proof) -> Iterator[str]:
        """The steps, in their order."""
        words, say = _WORDS[self.language], self.say
        if proof.assumption is not None and any(step.rule == "assumption" for step in proof.steps):
            yield words["suppose"].format(say(proof.assumption))
        for number, step in enumerate(proof.steps, 1):
            told = words["cannot"] if step.formula == FALSE else say(step.formula)
            yield f"{number:3}. {told}   [{self._because(step)}]"

    def _because(self, step: Step) -> str:
        words = _WORDS[self.language]
        before = words["and"].join(str(premise + 1) for premise in step.premises)
        if step.statement is not None:
            said = self.theory.statements[step.statement].text
            return words["by"].format(before, said) if before else words["said"].format(said)
        return words["from"].format(before) if before else words.get(step.rule, step.rule)


def _closed(formula: Formula) -> Formula:
    """A clause whose variables stand for all things, as a rule: ¬cat(X) ∨ red(X) is said as if … then …."""
    free = tuple(dict.fromkeys(term for term in terms(formula) if isinstance(term, Variable)))
    if not free or isinstance(formula, ForAll | Exists):
        return formula
    parts = formula.parts if isinstance(formula, Or) else (formula,)
    conditions = tuple(part.body for part in parts if isinstance(part, Not))
    conclusions: tuple[Formula, ...] = tuple(part for part in parts if not isinstance(part, Not))
    if len(parts) == 1:
        return ForAll(free, formula)
    if not conclusions:
        conditions, conclusions = conditions[:-1], (Not(conditions[-1]),)
    right = conclusions[0] if len(conclusions) == 1 else Or(conclusions)
    if not conditions:
        return ForAll(free, right)
    return ForAll(free, Implies(conditions[0] if len(conditions) == 1 else And(conditions), right))
