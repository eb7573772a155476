"""Pages of text, in Markdown, HTML or plain, as blocks: headings, and what stands under them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from duli.errors import DataError, Place
from duli.kb.table import lines

FORMATS = (".md", ".markdown", ".html", ".htm", ".txt")
LARGEST = 5_000_000
"""Characters of a page."""

_ID = re.compile(r"\s*\{#([^\s{}]+)\}\s*\Z")
_EMPTY = re.compile(r"\n[^\S\n]*\n")
_HEADS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary"))
_BLOCKS = frozenset(
    ("p", "div", "li", "dd", "td", "th", "tr", "ul", "ol", "table", "pre", "blockquote", "section", "article")
)
_BLOCKS |= {"details", "dl", "body", "main", "header", "footer", "br", "hr"}
_HIDDEN = frozenset(("script", "style", "title", "template", "noscript"))


@dataclass(frozen=True)
class Block:
    """A heading, or a paragraph.

    Args:
        text: on one line, without marks.
        place: where it begins.
        heading: whether it is one.
        name: what the page calls a heading, ``{#name}`` in Markdown and ``id="name"`` in HTML; empty where nothing.
        level: of a heading, from 1; 0 of a paragraph.
    """

    text: str
    place: Place
    heading: bool = False
    name: str = ""
    level: int = 0


def blocks(path: Path) -> list[Block]:
    """The blocks of a page, in order.

    Raises:
        DataError: it is not there, of another format, not UTF-8, or too long.
    """
    if path.suffix.lower() not in FORMATS:
        raise DataError(
            f"pages {path.suffix!r} are not read", where=str(path), hint=f"known: {', '.join(FORMATS)}"
        )
    if not path.is_file():
        raise DataError("the file is not there", where=str(path))
    text = "".join(lines(path)).replace("\r\n", "\n")
    if len(text) > LARGEST:
        raise DataError(f"this page has {len(text):,} characters; {LARGEST:,} is the limit", where=str(path))
    readers = {".txt": _plain, ".html": _html, ".htm": _html}
    return [
        block
        for block in readers.get(path.suffix.lower(), _markdown)(text, str(path))
        if block.text or block.name
    ]


def _plain(text: str, file: str) -> Iterator[Block]:
    start = 0
    for part in [*_EMPTY.finditer(text), None]:
        end = len(text) if part is None else part.start()
        piece = text[start:end]
        line = text.count("\n", 0, start + len(piece) - len(piece.lstrip())) + 1
        yield Block(" ".join(piece.split()), Place(file, line))
        start = end if part is None else part.end()


def _markdown(text: str, file: str) -> Iterator[Block]:
    from markdown_it import MarkdownIt

    level = 0
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        place = Place(file, token.map[0] + 1) if token.map else Place(file)
        if token.type in ("heading_open", "heading_close"):
            level = int(token.tag[1:]) if token.nesting > 0 else 0
        elif token.type == "inline":
            plain = "".join("\n" if t.type.endswith("break") else t.content for t in token.children or ())
            yield _block(plain, place, level)
        elif token.type in ("fence", "code_block"):
            yield _block(token.content, place, 0)


def _block(text: str, place: Place, level: int, name: str = "") -> Block:
    marked = _ID.search(text) if level else None
    plain = " ".join((text[: marked.start()] if marked else text).split())
    return Block(plain, place, level > 0, marked[1] if marked else name, level)


def _html(text: str, file: str) -> list[Block]:
    reader = _Html(file)
    reader.feed(text)
    reader.close()
    reader.flush()
    return reader.found


class _Html(HTMLParser):
    """Gathers text until a block begins or ends; markup that is broken does no harm."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file
        self.found: list[Block] = []
        self._text: list[str] = []
        self._line, self._level, self._name, self._hidden = 1, 0, "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        if tag in _HEADS | _BLOCKS:
            self.flush()
            # An open <dt> or <h2> ends where the next block begins.
            self._level = self._level if tag == "br" else 0
        if tag in _HEADS:
            self._level = int(tag[1]) if tag[1:].isdigit() else 7
            self._name = dict(attrs).get("id") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag in _HEADS | _BLOCKS:
            self.flush()
        if tag in _HEADS:
            self._level, self._name = 0, ""

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if not self._text:
            self._line = self.getpos()[0]
        self._text.append(data)

    def flush(self) -> None:
        """What was gathered becomes a block."""
        text, self._text = "".join(self._text), []
        if text.strip() or (self._level and self._name):
            self.found.append(_block(text, Place(self.file, self._line), self._level, self._name))
            self._name = ""
