"""Tokens to nodes: one clause as a tree of names, values and brackets, by the operators' priorities alone.

Nothing here knows what a name means; so whatever is written well can be named in an error by what it is.
"""

from __future__ import annotations

from typing import NoReturn

from duli.logic.lexer import Lines, Token
from duli.types import Value

PREFIX = {":-": (1200, 1199), "\\+": (900, 900), "not": (900, 900), "-": (200, 200), "+": (200, 200)}
PREFIX["\\"] = (200, 200)
PREFIX.update(
    dict.fromkeys(("dynamic", "discontiguous", "initialization", "multifile", "table"), (1150, 1149))
)
INFIX: dict[str, tuple[int, int, int]] = {
    ":-": (1200, 1199, 1199),
    "<-": (1200, 1199, 1199),
    ";": (1100, 1099, 1100),
    "|": (1100, 1099, 1100),
    "->": (1050, 1049, 1050),
    "*->": (1050, 1049, 1050),
    ",": (1000, 999, 1000),
    "&": (1000, 999, 1000),
    "::": (1000, 999, 999),
    ":": (600, 599, 600),
    "**": (200, 199, 200),
    "^": (300, 299, 300),
}
INFIX.update(
    dict.fromkeys(
        (
            "<",
            ">",
            "=<",
            ">=",
            "=:=",
            "=\\=",
            "=",
            "\\=",
            "==",
            "\\==",
            "is",
            "@<",
            "@>",
            "@=<",
            "@>=",
            "=@=",
            "=..",
            "=>",
        ),
        (700, 699, 699),
    )
)
INFIX.update(dict.fromkeys(("+", "-", "/\\", "\\/", "xor", "#"), (500, 500, 499)))
INFIX.update(dict.fromkeys(("*", "/", "//", "mod", "rem", "div", "<<", ">>", "><"), (400, 400, 399)))
DEEPEST = 100
_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
_FLAT = (",", ";")
_SMALL = "a predicate's name starts with a small letter"


class Node:
    """A name with arguments, a variable, or a value.

    Args:
        kind: ``name`` (a symbol, or with `inner` a functor applied), ``operator``, ``variable``, ``quoted``,
            ``number``, ``list``, ``braces``, or ``aggregate``.
        value: of a number or symbol; the text of a variable, functor or operator.
        inner: the arguments; for the operators ``,`` and ``;`` as many as there are in a row.
        offset: where it starts.
        mark: where the operator stands.
        called: whether brackets follow the name.
    """

    __slots__ = ("called", "depth", "inner", "kind", "mark", "offset", "value")

    def __init__(
        self,
        kind: str,
        value: Value,
        offset: int,
        inner: tuple[Node, ...] = (),
        mark: int = -1,
        called: bool = False,
    ) -> None:
        self.kind, self.value, self.offset, self.inner = kind, value, offset, inner
        self.mark = offset if mark < 0 else mark
        self.called = called
        self.depth = 0

    def operator(self, *names: str) -> bool:
        """Whether this is one of some operators, applied."""
        return self.kind == "operator" and self.value in names


class Reader:
    """Reads the tokens of one clause."""

    def __init__(self, lines: Lines, tokens: list[Token]) -> None:
        self.lines, self.tokens = lines, tokens
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.position]

    def fail(self, message: str, hint: str | None = None, token: Token | None = None) -> NoReturn:
        """Raise a ProgramError at a token."""
        self.lines.fail((token or self.token).offset, message, hint)

    def clause(self) -> Node:
        """The clause as one node; the tokens end with its dot."""
        node = self.read(1200)
        token = self.token
        if token.kind != "end":
            before = self.tokens[self.position - 1]
            if token.text == "(" and before.kind == "variable":
                self.fail(f"expected a predicate, found {before.text}", _SMALL, before)
            hint: str | None = None
            if token.kind in ("name", "finish", "variable"):
                hint = "end the clause before it with a dot"
            if token.kind == "sign" and token.text in ")>]":
                hint = "one closing bracket too many"
            self.fail(f"expected a dot, found {token.text}", hint)
        return node

    def read(self, most: int) -> Node:
        """A node of at most this priority."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.deep(self.token.offset)
        left, priority = self.primary(most)
        while True:
            token = self.tokens[self.position]
            operator = INFIX.get(token.text)
            if operator is None or operator[0] > most or token.kind not in ("sign", "name"):
                break
            own, left_most, right_most = operator
            if priority > left_most:
                self.fail(f"brackets are needed around what stands before {token.text}")
            self.position += 1
            if token.text in _FLAT:
                left = self.row(left, token, left_most)
            else:
                right = self.read(right_most)
                left = self.made(Node("operator", token.text, left.offset, (left, right), token.offset))
            priority = own
        self.depth -= 1
        return left

    def row(self, first: Node, token: Token, most: int) -> Node:
        """What one operator joins in a row, as one node."""
        inner = [first, self.read(most)]
        while self.token.kind == "sign" and self.token.text == token.text:
            self.position += 1
            inner.append(self.read(most))
        return self.made(Node("operator", token.text, first.offset, tuple(inner), token.offset))

    def made(self, node: Node) -> Node:
        """A node, once it is known not to be too deep: chains of operators nest, too."""
        node.depth = 1 + max([n.depth for n in node.inner], default=0)
        if node.depth > DEEPEST:
            self.deep(node.offset)
        return node

    def deep(self, offset: int) -> NoReturn:
        """Raise the ProgramError of brackets or operators in too many others."""
        hint = "name a part: give it a rule, or compute it with is"
        self.lines.fail(offset, f"this is nested more than {DEEPEST} deep", hint)

    def primary(self, most: int) -> tuple[Node, int]:
        """What no infix operator joins, and its priority."""
        token = self.tokens[self.position]
        kind = token.kind
        following = self.tokens[self.position + 1] if kind not in ("end", "finish") else token
        functor = kind == "quoted" or (
            kind == "name" and (token.text not in PREFIX or following.offset == token.stop)
        )
        if functor and following.text == "(" and following.kind == "sign":
            self.position += 1
            inner = self.arguments(self.tokens[self.position])
            return self.made(Node(kind, token.value, token.offset, inner, called=True)), 0
        if kind == "name" and following.text == "<" and self.is_aggregate():
            return self.aggregate(), 0
        if token.text in PREFIX and kind in ("sign", "name") and self.starts(following):
            return self.prefixed(most)
        self.position += 1
        if kind in ("number", "variable", "quoted", "name"):
            return Node(kind, token.value, token.offset), 0
        if kind == "sign":
            if token.text == "(":
                node = self.read(1200)
                self.expect(")", token)
                return node, 0
            if token.text in ("[", "{"):
                return self.listed(token), 0
            if token.text in ("!", "?"):
                return Node("name", token.text, token.offset), 0
        self.position -= 1
        return self.missing(token)

    def missing(self, token: Token) -> NoReturn:
        """Raise the ProgramError of a token that starts nothing."""
        self.fail(f"expected a predicate, a variable or a value, found {token.text}")

    @staticmethod
    def starts(token: Token) -> bool:
        """Whether a token can start an operand."""
        if token.kind in ("number", "variable", "quoted"):
            return True
        if token.kind == "name":
            return token.text not in INFIX
        return token.kind == "sign" and (token.text in ("(", "[", "{", "!", "?") or token.text in PREFIX)

    def prefixed(self, most: int) -> tuple[Node, int]:
        """A prefix operator with its operand; a minus before a number is the number's own."""
        token = self.token
        self.position += 1
        following = self.token
        if token.text == "-" and following.kind == "number":
            after = self.tokens[self.position + 1]
            if after.text != "**":
                self.position += 1
                value = following.value
                return Node("number", value if isinstance(value, str) else -value, token.offset), 0
        own, inner = PREFIX[token.text]
        if own > most:
            own = inner = 999 if most >= 999 else most
        node = Node("operator", token.text, token.offset, (self.read(inner),), token.offset)
        return self.made(node), own

    def arguments(self, opened: Token) -> tuple[Node, ...]:
        """The arguments in brackets."""
        self.position += 1
        if self.token.text == ")" and self.token.kind == "sign":
            self.fail("an argument is missing", "a predicate without arguments has no brackets")
        inner = [self.read(999)]
        while self.token.text == "," and self.token.kind == "sign":
            self.position += 1
            inner.append(self.read(999))
        self.expect(")", opened)
        return tuple(inner)

    def listed(self, opened: Token) -> Node:
        """``[a, b|T]`` or ``{a}``."""
        closing = _CLOSING[opened.text]
        inner: list[Node] = []
        while not (self.token.text == closing and self.token.kind == "sign"):
            inner.append(self.read(999))
            if self.token.text not in (",", "|") or self.token.kind != "sign":
                break
            self.position += 1
        self.expect(closing, opened)
        return self.made(
            Node("list" if closing == "]" else "braces", opened.text, opened.offset, tuple(inner))
        )

    def is_aggregate(self) -> bool:
        """Whether ``name<Variable>`` follows, and then the end of an argument."""
        shape = self.tokens[self.position + 2 : self.position + 5]
        return (
            len(shape) == 3
            and shape[0].kind in ("variable", "name", "number")
            and shape[1].text == ">"
            and shape[2].text in (",", ")")
        )

    def aggregate(self) -> Node:
        """``sum<W>``."""
        name, _, over, _ = self.tokens[self.position : self.position + 4]
        self.position += 4
        return Node("aggregate", name.text, name.offset, (Node(over.kind, over.value, over.offset),))

    def expect(self, text: str, opened: Token) -> None:
        """Take the closing bracket, or raise the ProgramError of one that is not closed."""
        if self.token.kind == "sign" and self.token.text == text:
            self.position += 1
            return
        place = self.lines.place(opened.offset)
        self.fail(
            f"expected {text} or a comma, found {self.token.text}",
            f"the {opened.text} of line {place.line}, column {place.column} is not closed",
        )
