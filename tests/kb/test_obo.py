from pathlib import Path

import pytest

from duli.errors import DataError, Place
from duli.kb.obo import read

TEXT = """format-version: 1.2
data-version: hp/releases/2025-01-16

[Term]
id: HP:1
name: All ! a comment

[Term]
id: HP:2
name: Seizure
alt_id: HP:9
def: "A \\"fit\\"." [PMID:1]
synonym: "Fits" EXACT layperson []
synonym: "癫痫" []
is_a: HP:1 {source="x"} ! All
is_a: OTHER:7 ! elsewhere

[Term]
id: HP:3
name: obsolete Spell
is_obsolete: true
replaced_by: HP:2

[Typedef]
id: part_of
name: part of
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_relations(tmp_path: Path) -> None:
    rows, version = read(write(tmp_path / "a.obo", TEXT))
    assert version == "2025-01-16"
    assert rows == {
        "term": [("HP:1",), ("HP:2",)],
        "name": [("HP:1", "All"), ("HP:2", "Seizure")],
        "synonym": [("HP:2", "Fits", "EXACT"), ("HP:2", "癫痫", "RELATED")],
        "definition": [("HP:2", 'A "fit".')],
        "is_a": [("HP:2", "HP:1"), ("HP:2", "OTHER:7")],
        "alt_id": [("HP:9", "HP:2")],
        "obsolete": [("HP:3",)],
        "replaced_by": [("HP:3", "HP:2")],
    }


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("id: HP:2\nname: Seiz", None),
        ("is_a: HP", "the parent HP is not in this file"),
        ("is_a: HP:1 {source", None),
        ('synonym: "Fi', "this text in quotes does not end"),
        ("alt_i", "this line has no tag"),
        ("[Te", "this stanza's name does not end"),
        ("id: HP:3", "the term HP:3 has no name"),
    ],
)
def test_a_file_cut_in_the_middle(end: str, message: str | None, tmp_path: Path) -> None:
    """Cut after these characters. A cut that leaves whole terms whole cannot be seen, and harms none."""
    cut = TEXT[: TEXT.index(end) + len(end)]
    path = write(tmp_path / "a.obo", cut)
    if message is None:
        assert ("HP:2",) in read(path)[0]["term"]
        return
    if message.startswith("the parent"):
        cut = cut.replace("is_a: HP", "is_a: HP:77")
        message = "the parent HP:77 is not in this file"
        write(path, cut)
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.message == message
    assert caught.value.hint == "is the file cut short?"
    assert isinstance(caught.value.where, Place)
    assert caught.value.where.line


def test_what_is_no_obo(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no term"):
        read(write(tmp_path / "a.obo", "a: b\n"))
    with pytest.raises(DataError, match=r"this line has no tag"):
        read(write(tmp_path / "a.obo", "hello\n"))
