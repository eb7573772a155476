"""Which statements of many may matter to a question (Hoder, Voronkov 2011, in its simplest form)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from duli.fol.rewrite import symbols
from duli.fol.syntax import Formula


def relevant(formulas: Sequence[Formula], question: Formula) -> tuple[int, ...]:
    """The numbers of the formulas that the question leads to.

    A formula is led to by its rarest symbols, and leads to those of all its symbols.

    >>> from duli.fol.notation import formula
    >>> relevant([formula("Cat(tom)"), formula("Cat(kit)"), formula("∀x (Cat(x) → Red(x))")], formula("Red(kit)"))
    (1, 2)
    """
    own = [set(symbols(formula)) for formula in formulas]
    counts = Counter(name for names in own for name in names)
    led: dict[str, list[int]] = {}
    for number, names in enumerate(own):
        least = min((counts[name] for name in names), default=0)
        for name in names:
            if counts[name] == least:
                led.setdefault(name, []).append(number)
    found, known, waiting = set[int](), set[str](), list(symbols(question))
    while waiting:
        name = waiting.pop()
        if name not in known:
            known.add(name)
            for number in led.get(name, ()):
                found.add(number)
                waiting += own[number]
    return tuple(sorted(found))
