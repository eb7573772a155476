"""Labelling functions: rules of a program that vote on the words of a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from duli.errors import InputError
from duli.logic.program import Program
from duli.logic.syntax import Constant
from duli.logic.values import Symbols, encode_rows
from duli.types import Codes, Relation, Value

WORD, VOTE = "word", "vote"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_PIECES = re.compile(f"[{_HAN}]+|[^\\W{_HAN}]+")


def words(text: str) -> list[str]:
    """The distinct words of a text, in lower case; of Chinese its characters and pairs of neighbouring ones.

    >>> words("Profit ROSE, profit"), words("质量很好")
    (['profit', 'rose'], ['质', '质量', '量', '量很', '很', '很好', '好'])
    """
    found: dict[str, None] = {}
    for piece in _PIECES.findall(text.lower()):
        if re.match(f"[{_HAN}]", piece):
            for start, letter in enumerate(piece):
                found[letter] = None
                if start + 1 < len(piece):
                    found[piece[start : start + 2]] = None
        else:
            found[piece] = None
    return list(found)


def vote(
    program: Program, texts: Sequence[str], labels: Sequence[str], *, predicate: str = VOTE
) -> tuple[tuple[str, ...], Codes]:
    """The names of J functions, and what each votes on each text [n, J]: a label's number, or -1.

    Args:
        program: with the input ``word(Text, Word)``, a text's number and one of its words, and rules for
            ``vote(Function, Text, Label)``; a function that votes twice on a text abstains.
        texts: n texts.
        labels: K names.
        predicate: another name for ``vote``.

    Raises:
        InputError: the program has no such input or predicate, or votes for what is no label.
    """
    if program.inputs.get(WORD) != 2 or program.predicates.get(predicate) != 3:
        raise InputError(
            f"the program needs the input {WORD}(Text, Word) and rules for {predicate}(Function, Text, Label)"
        )
    symbols = Symbols()
    codes = encode_rows([(row, w) for row, text in enumerate(texts) for w in words(text)], 2, symbols)
    facts = Relation(
        tuple(np.ascontiguousarray(column) for column in codes.T), origin="the words of the texts"
    )
    return table(program.run({WORD: facts}, symbols).rows(predicate), len(texts), labels)


def names(program: Program, predicate: str = VOTE) -> tuple[str, ...]:
    """The functions that a program's rules name as they stand, sorted."""
    resolved = program.rules.resolve(predicate, 3)
    each = [one for rule in program.rules.rules for one in rule.members or (rule,)]
    heads = [rule.head.terms[0] for rule in each if rule.head.predicate == resolved]
    return tuple(sorted({str(term.value) for term in heads if isinstance(term, Constant)}))


def table(
    rows: Iterable[tuple[Value, ...]], count: int, labels: Sequence[str]
) -> tuple[tuple[str, ...], Codes]:
    """Rows (function, text, label) about n = count texts as the names of J functions and their votes [n, J].

    Raises:
        InputError: a vote for what is no label.
    """
    rows = list(rows)
    functions = tuple(sorted({str(function) for function, _, _ in rows}))
    place, number = {f: j for j, f in enumerate(functions)}, {label: k for k, label in enumerate(labels)}
    votes = np.full((count, len(functions)), -1)
    torn = np.zeros(votes.shape, bool)
    for function, row, label in rows:
        if str(label) not in number:
            known = ", ".join(labels[:20])
            raise InputError(f"the function {function!r} votes for {label!r}", hint=f"labels: {known}")
        at = int(row), place[str(function)]
        torn[at] |= votes[at] >= 0
        votes[at] = number[str(label)]
    votes[torn] = -1
    return functions, votes
