"""Labelling functions: rules of a program that vote on the words of a text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from duli.errors import InputError
from duli.logic.program import Program
from duli.logic.values import Symbols, encode_rows
from duli.types import Codes, Relation

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
    rows = program.run({WORD: facts}, symbols).rows(predicate)
    functions = tuple(sorted({str(function) for function, _, _ in rows}))
    place, number = {f: j for j, f in enumerate(functions)}, {label: k for k, label in enumerate(labels)}
    votes = np.full((len(texts), len(functions)), -1)
    torn = np.zeros(votes.shape, bool)
    for function, row, label in rows:
        if str(label) not in number:
            raise InputError(
                f"the function {function!r} votes for {label!r}", hint=f"labels: {', '.join(labels)}"
            )
        at = int(row), place[str(function)]
        torn[at] |= votes[at] >= 0
        votes[at] = number[str(label)]
    votes[torn] = -1
    return functions, votes
