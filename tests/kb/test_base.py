import logging
from pathlib import Path

import pytest

from duli import kb
from duli.errors import DataError, InputError, RecipeError
from duli.kb import Column, Source


def likes(path: Path, text: str, **more: object) -> Source:
    path.write_text(text, "utf-8")
    columns = (Column("who"), Column("what"), Column("share", "fraction"), Column("n", "integer"))
    return Source("tsv", path, relation="likes", columns=columns, **more)  # type: ignore[arg-type]


TEXT = """who	what	share	n	by
ann	茶	3/7	1	PMID:1
bob	tea	12%	2	PMID:2
ann	茶	3/7	1	PMID:1
cid	tea		3	PMID:3
dan	tea	often	-4	PMID:3
"""


def test_facts_with_values_and_sources_each_once(tmp_path: Path) -> None:
    known = kb.load([likes(tmp_path / "a.tsv", TEXT, reference="by", trust=0.5)])
    assert known.facts("likes") == [
        (("ann", "茶", 3, 7, 1), "PMID:1"),
        (("bob", "tea", 12.0, 100, 2), "PMID:2"),
        (("cid", "tea", "", 0, 3), "PMID:3"),
        (("dan", "tea", "often", 0, -4), "PMID:3"),
    ]
    assert known.rows == 4
    expected = {"relation": "likes", "arity": 5, "rows": 4, "origin": "a.tsv", "trust": 0.5}
    assert known.describe() == [expected]
    assert list(known.about("茶")) == [("likes", ("ann", "茶", 3, 7, 1), "PMID:1")]
    assert list(known.about("nobody")) == []
    with pytest.raises(InputError, match=r"no relation 'x'"):
        known.facts("x")


def test_compiled_once_and_again_when_the_content_changes(tmp_path: Path) -> None:
    told: list[str] = []

    def progress(what: str, done: int, total: int) -> None:
        told.append(what)

    source = likes(tmp_path / "a.tsv", TEXT)
    first = kb.load([source], progress=progress)
    assert told
    told.clear()
    assert kb.load([source], progress=progress).key == first.key
    assert told == []
    source = likes(tmp_path / "a.tsv", TEXT.replace("ann", "eve"))
    assert kb.load([source]).key != first.key
    assert kb.load([source]).facts("likes", 1)[0][0][0] == "eve"


def test_another_selection_is_another_knowledge_base(tmp_path: Path) -> None:
    whole, part = likes(tmp_path / "a.tsv", TEXT), likes(tmp_path / "a.tsv", TEXT, keep={"who": ("ann",)})
    assert kb.load([part]).rows == 1
    assert kb.load([whole]).rows == 4
    assert kb.load([part]).key != kb.load([whole]).key


def test_two_files_of_one_relation_keep_their_origins(tmp_path: Path) -> None:
    a = likes(tmp_path / "a.tsv", "who\twhat\tshare\tn\nann\ttea\t1/2\t1\n")
    b = likes(tmp_path / "b.tsv", "who\twhat\tshare\tn\nbob\ttea\t1/2\t1\n")
    assert [source for _, source in kb.load([a, b]).facts("likes")] == ["a.tsv", "b.tsv"]
    c = likes(tmp_path / "c.tsv", "who\twhat\tshare\tn\nbob\ttea\t1/2\t1\n", trust=0.1)
    with pytest.raises(RecipeError, match=r"differ in their number of columns or in trust"):
        kb.load([a, c])


def test_a_cell_of_another_type_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'many' in the column 'n' is not an integer") as caught:
        kb.load([likes(tmp_path / "a.tsv", TEXT + "e\ttea\t1/2\tmany\tx\n")])
    assert str(caught.value.where).endswith("a.tsv:7")


def test_a_damaged_cache_is_made_again_and_said(
    tmp_path: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = likes(tmp_path / "a.tsv", TEXT)
    folder = kb.load([source]).folder
    for name in ("0.npy", "relations.json", "vocabulary-bytes.npy", "manifest.json"):
        file = folder / name
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        with caplog.at_level(logging.WARNING):
            assert kb.load([source]).rows == 4
        assert any(name in message and "made again" in message for message in caplog.messages)


def test_a_cache_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "in-the-way").write_text("a file")
    monkeypatch.setenv("DULI_CACHE", str(tmp_path / "in-the-way" / "cache"))
    assert kb.load([likes(tmp_path / "a.tsv", TEXT)]).rows == 4
    assert any("cannot be written" in message for message in caplog.messages)


def test_an_ontology_with_nothing_obsolete(tmp_path: Path) -> None:
    (tmp_path / "a.obo").write_text("[Term]\nid: X:1\nname: one\n", "utf-8")
    known = kb.load([Source("obo", tmp_path / "a.obo")])
    assert known.facts("name") == [(("X:1", "one"), "a.obo")]
    assert len(known.relations["replaced_by"]) == 0
    assert len(known.relations["replaced_by"].columns) == 2
