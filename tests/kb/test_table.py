import gzip
from pathlib import Path

import pytest

from duli.errors import DataError, Place
from duli.kb import Column, Source
from duli.kb.table import Table, read


def table(path: Path, *names: str, comment: str = "", header: bool | tuple[str, ...] = True) -> Table:
    suffixes = [s for s in path.suffixes if s != ".gz"]
    source = Source(
        suffixes[-1][1:],
        path,
        relation="r",
        columns=tuple(map(Column, names)),
        comment=comment,
        header=header,
    )
    return read(path, source, names)


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_columns_by_name_with_comments_version_and_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", '#version: 2025-01-16\n#x\nid\tname\n1\t病\n\n2\t"b\n')
    found = table(path, "name", "id", comment="#")
    assert found.columns == {"name": ["病", '"b'], "id": ["1", "2"]}
    assert found.version == "2025-01-16"
    assert found.lines == [4, 6]


def test_a_mark_of_comments_after_the_header_is_data(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", "id\n#1\n")
    assert table(path, "id", comment="#").columns == {"id": ["#1"]}


def test_csv_quotes_and_newlines(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'id,name\r\n1,"a, ""b""\nc"\r\n2,d\r\n')
    assert table(path, "name").columns == {"name": ['a, "b"\nc', "d"]}


def test_without_a_header(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", "1\tx\n2\ty\n")
    assert table(path, "n", "t", header=False).columns == {"n": ["1", "2"], "t": ["x", "y"]}
    assert table(path, "t", header=("n", "t")).columns == {"t": ["x", "y"]}


def test_a_compressed_file_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv.gz", gzip.compress("\ufeffid\n1\n".encode()))
    assert table(path, "id").columns == {"id": ["1"]}
    path.write_bytes(path.read_bytes()[:-6])
    with pytest.raises(DataError, match=r"cut or damaged"):
        table(path, "id")


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        ("a.tsv", "id\tb\n1\t2\n3\n", 3, "this row has 1 cells, 2 are expected"),
        ("a.tsv", "id\tb\n1\t2\t3\n", 2, "this row has 3 cells, 2 are expected"),
        ("a.tsv", b"id\tb\n1\t2\n\xff\t2\n", 3, "this is not UTF-8"),
        ("a.tsv", b"id\tb\n1\t\x00\n", 2, "this is binary"),
        ("a.csv", 'id,b\n1,"2\n', 2, "this is not CSV"),
        ("a.tsv", "", None, "the file is empty"),
        ("a.tsv", "x\ty\n", None, "there is no column 'id'"),
        ("a.jsonl", '{"id": 1}\n{"id": \n', 2, "this is not JSON"),
        ("a.jsonl", '{"id": 1}\n' + '{"id": ' * 20_000, 2, "this is not JSON"),
        ("a.jsonl", '{"id": 1}\n[1]\n', 2, "each line must be a JSON object"),
        ("a.jsonl", '{"x": 1}\n', 1, "this row has no 'id'"),
        ("a.jsonl", '{"id": [1]}\n', 1, "'id' is a list"),
    ],
)
def test_a_broken_file_is_told_with_its_line(
    name: str, text: str | bytes, line: int | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as caught:
        table(written(tmp_path / name, text), "id")
    assert caught.value.message.startswith(message)
    where = caught.value.where
    assert line is None or (isinstance(where, Place) and where.line == line)


def test_json_values(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.jsonl", '{"id": 1, "n": "x"}\n\n{"id": 2.5, "n": null}\n{"id": true, "n": "病"}\n'
    )
    assert table(path, "id", "n").columns == {"id": [1, 2.5, "true"], "n": ["x", "", "病"]}


def test_parquet(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"id": [1, None], "n": ["x", "病"]}), path)
    assert table(path, "n", "id").columns == {"n": ["x", "病"], "id": [1, ""]}
    with pytest.raises(DataError, match=r"no column 'z'"):
        table(path, "z")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DataError, match=r"not Parquet, or it is damaged"):
        table(path, "id")
