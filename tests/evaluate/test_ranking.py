import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import duli
from duli.errors import DataError, InputError, Place
from duli.evaluate import phenopackets, report
from duli.evaluate.ranking import Outcome, Ranking, by_ids
from duli.service.cli import run


def row(name: str, observed: list[str], excluded: list[str], disease: str) -> dict[str, Any]:
    names = {"s1": "yellow leaves", "s2": "brown spots", "s3": "wilting", "s4": "叶子发黄"}
    return {
        "id": name,
        "observed": [{"id": s, "label": names[s]} for s in observed],
        "excluded": [{"id": s, "label": names[s]} for s in excluded],
        "disease": disease,
    }


ROWS = [
    row("PMID_1_a", ["s2"], ["s3"], "D:1"),
    row("PMID_9_b", ["s3"], [], "D:2"),
    row("PMID_2_c", ["s1", "s4"], [], "D:3"),
    row("PMID_9_d", ["s1"], [], "D:77"),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, ROWS)).encode()))
    return path


def test_cases_are_read(file: Path) -> None:
    cases = phenopackets.read(file)
    assert phenopackets.read(file.parent) == cases
    assert (cases[0].paper, cases[0].gold, cases[0].text) == ("PMID:1", "D:1", "brown spots; no wilting")
    assert [m.negated for m in by_ids(cases[0])] == [False, True]


@pytest.mark.parametrize(
    ("line", "message"),
    [("{", "not JSON"), ('{"id": "x"}', "not a case"), ("[]", "not a case"), ('{"id": 1}', "not")],
)
def test_a_broken_case_is_told_with_its_line(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(ROWS[0]) + "\n" + line)
    with pytest.raises(DataError, match=message) as caught:
        phenopackets.read(path)
    assert isinstance(caught.value.where, Place)
    assert caught.value.where.line == 2
    with pytest.raises(InputError, match=r"there are no cases"):
        phenopackets.read(tmp_path / "elsewhere")


def test_three_ways(plants: Path, file: Path) -> None:
    asked = Ranking(duli.load(plants), phenopackets.read(file))
    assert (len(asked.cases), asked.unknown) == (3, 1)
    outcomes = asked.run()
    figures = report.figures(outcomes, unknown=asked.unknown)
    assert figures["ways"]["ids/all"]["n"] == 3
    assert figures["ways"]["ids/clean"]["n"] == 2
    assert figures["metrics"]["ids/all/top_1"] == 1
    first = {o.hidden: o for o in outcomes if o.case == "PMID_1_a" and o.mode == "ids"}
    assert (first[False].rank, first[False].clean) == (1, False)
    assert first[True].rank > 1
    assert first[True].baselines["information"] > first[False].baselines["information"] == 1
    second = {o.hidden: o for o in outcomes if o.case == "PMID_9_b" and o.mode == "ids"}
    assert second[True].probability == second[False].probability
    assert figures["metrics"]["text/all/top_1"] == 1


def test_a_run_that_was_stopped_goes_on(
    plants: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "outcomes.jsonl"
    asked = Ranking(duli.load(plants), phenopackets.read(file))

    def stop(what: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked.run(["ids"], kept=kept, progress=stop)
    kept.write_text(kept.read_text()[:-20])
    seen = [json.loads(kept.read_text().splitlines()[0])["case"]]
    asked_now: list[str] = []
    again = Ranking(duli.load(plants), phenopackets.read(file))
    real = Ranking.outcome

    def watched(self: Ranking, case: phenopackets.Case, mode: str, hidden: bool) -> Outcome:
        asked_now.append(case.id)
        return real(self, case, mode, hidden)

    monkeypatch.setattr(Ranking, "outcome", watched)
    outcomes = again.run(["ids"], leave_out=False, kept=kept)
    assert [o.case for o in outcomes] == ["PMID_1_a", "PMID_9_b", "PMID_2_c"]
    assert asked_now == [o.case for o in outcomes if o.case not in seen]
    with (plants / "rules.dl").open("a") as rules:
        rules.write("\n% changed\n")
    assert Ranking(duli.load(plants), phenopackets.read(file)).key != asked.key


def test_a_recipe_that_cannot_be_evaluated(plants: Path, file: Path) -> None:
    recipe = plants / "recipe.toml"
    text = recipe.read_text("utf-8")
    start, end = text.index("[evaluate]"), text.index("[[knowledge]]")
    recipe.write_text(text[:start] + text[end:], "utf-8")
    with pytest.raises(InputError, match=r"says nothing of evaluation"):
        Ranking(duli.load(plants), phenopackets.read(file))


def test_the_command_prints_figures_and_writes_a_report(
    plants: Path, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report"
    assert run(["eval", str(plants), str(file), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "top-10" in printed
    assert "baseline information" in printed
    page = (out / "report.html").read_text("utf-8")
    assert "<svg" in page
    assert "自由文本" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert run(["eval", str(plants), str(file), "--out", str(out), "--mode", "ids", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures == json.loads((out / "report.json").read_text("utf-8"))
    assert set(figures) >= {"metrics", "intervals", "baselines", "n", "seconds"}
    assert figures["intervals"]["ids/all/top_1"][0] <= figures["metrics"]["ids/all/top_1"]
