"""Pages in Markdown, HTML and plain text as blocks."""

from pathlib import Path

import pytest

from duli.errors import DataError
from duli.kb.page import LARGEST, blocks


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "# Lamps {#lamps}\n\nThey *shine*\nbrightly.\n\n## 保修\n\n- 两年\n- 灯泡半年\n"),
        (
            "a.html",
            "<title>x</title><script>bad()</script><h1 id=lamps>Lamps</h1><p>They <b>shine</b>\nbrightly."
            "<h2>保修</h2><ul><li>两年<li>灯泡半年</ul>",
        ),
        ("a.htm", "<dl><dt id='lamps'>Lamps<dd>They shine brightly.<dt>保修<dd>两年<dd>灯泡半年</dl>"),
    ],
)
def test_headings_and_paragraphs_in_every_format(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    found = blocks(tmp_path / name)
    assert [(b.text, b.heading, b.name) for b in found] == [
        ("Lamps", True, "lamps"),
        ("They shine brightly.", False, ""),
        ("保修", True, ""),
        ("两年", False, ""),
        ("灯泡半年", False, ""),
    ]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# One\n\ntwo\n\n# Three\n", "utf-8")
    (tmp_path / "a.html").write_text("<h1>One</h1>\n\n<p>two</p>\n\n<h1>Three</h1>", "utf-8")
    (tmp_path / "a.txt").write_text("One\n\ntwo\n\nThree\n", "utf-8")
    for name in ("a.md", "a.html", "a.txt"):
        assert [block.place.line for block in blocks(tmp_path / name)] == [1, 3, 5]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.md", "Täg".encode("latin-1"), "this is not UTF-8"),
        ("a.html", b"\0\1", "this is binary"),
        ("a.txt", b"a" * (LARGEST + 1), "is the limit"),
        ("a.pdf", b"%PDF", "pages '.pdf' are not read"),
    ],
)
def test_what_is_no_page_is_told(name: str, data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=said):
        blocks(tmp_path / name)


def test_an_empty_page_has_no_blocks(tmp_path: Path) -> None:
    for name in ("a.md", "a.html", "a.txt"):
        (tmp_path / name).write_text(" \n\n", "utf-8")
        assert blocks(tmp_path / name) == []
    with pytest.raises(DataError, match="not there"):
        blocks(tmp_path / "b.md")
