import io
import json
import sys
from pathlib import Path

import pytest

from duli.service.cli import run

Capture = pytest.CaptureFixture[str]


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_ask_prints_what_was_read_the_answers_and_why(plants: Path, capsys: Capture) -> None:
    assert run(["ask", str(plants), "brown spots; no wilting", "--why"]) == 0
    out = capsys.readouterr().out
    for part in (
        "brown spots",
        "absent",
        "Leaf rust",
        "why D:1 Leaf rust",
        "PMID:1",
        "ails('D:1')",
        "Ask a gardener.",
    ):
        assert part in out


def test_ask_as_json(plants: Path, capsys: Capture) -> None:
    assert run(["ask", str(plants), "叶子发黄", "--json", "--top", "1", "--explain", "0"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [a["label"] for a in answer["answers"]] == ["缺铁"]
    assert answer["answers"][0]["reasons"] == []


def test_ask_reads_a_file_and_standard_input(
    plants: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "letter.txt").write_text("wilting", "utf-8")
    assert run(["ask", str(plants), "--file", str(tmp_path / "letter.txt"), "--json"]) == 0
    from_file = json.loads(capsys.readouterr().out)
    stdin(monkeypatch, b"wilting")
    assert run(["ask", str(plants), "-", "--json"]) == 0
    from_input = json.loads(capsys.readouterr().out)
    assert from_file["answers"] == from_input["answers"]


def test_many_texts_keep_their_lines_when_some_are_wrong(
    plants: Path, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(
        '{"id": "a", "text": "wilting"}\n\nnonsense\n{"text": ""}\n"brown spots"\n{"id": 1}\n', "utf-8"
    )
    assert run(["ask", str(plants), "--file", str(file)]) == 2
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["line"] for row in rows] == [1, 3, 4, 5, 6]
    assert rows[0]["id"] == "a"
    assert rows[0]["answers"][0]["label"] == "Root rot, late"
    assert rows[3]["answers"][0]["label"] == "Leaf rust"
    assert ["not JSON" in rows[1]["error"]["message"], rows[2]["error"]["message"]] == [
        True,
        "there is no text",
    ]
    assert rows[4]["error"]["hint"] == 'write {"id": "1", "text": "…"}'


@pytest.mark.parametrize(
    ("text", "message"),
    [(b"", "there is no text"), (b"\xff\xfe\x00", "not UTF-8"), (b"a" * 1_000_000, "100,000 is the limit")],
)
def test_ask_refuses_what_is_no_text(
    text: bytes, message: str, plants: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, text)
    assert run(["ask", str(plants), "-", "--json"]) == 2
    assert message in json.loads(capsys.readouterr().out)["error"]["message"]


def test_only_stop_words_is_no_answer_with_its_reason(plants: Path, capsys: Capture) -> None:
    assert run(["ask", str(plants), "the of and", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["abstained"], answer["reason"]) == (True, "nothing in the text links to the knowledge")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", "diagnosys", "x"], "did you mean diagnosis?"),
        (["ask"], "missing"),
        (["ask", "diagnosis", "x", "--tops", "1"], "--tops"),
        (["ask", "diagnosis", "x", "--file", "y"], "there is a text and a file"),
        (["ask", "diagnosis", "--file", "not-there"], "the file is not there"),
        (["run", "not-there.dl"], "the program is not there"),
        (["run", "."], "this is a folder, not a program"),
        (["eval", "diagnosis", "not-there"], "there are no cases"),
        (["eval", "diagnosis", "x", "--mode", "z"], "'z' is not a mode"),
        (["nonsense"], "nonsense"),
        (["kb", "import"], "missing"),
    ],
)
def test_mistakes_leave_with_2_and_say_what_helps(
    arguments: list[str], message: str, capsys: Capture
) -> None:
    assert run(arguments) == 2
    assert message in capsys.readouterr().err.lower().replace("diagnosys'", "")


def test_run_prints_probabilities_and_proofs(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "rain.dl"
    file.write_text("0.3::rain. 0.5::sprinkler.\nwet :- rain.\nwet :- sprinkler.\nquery(wet).", "utf-8")
    assert run(["run", str(file), "--why"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("0.65\twet\n")
    assert "rain.dl:" in out
    assert run(["run", str(file), "--json", "--provenance", "max_product"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)["answers"]
    assert (answer["atom"], answer["probability"], answer["kind"], answer["interval"]) == (
        "wet",
        0.5,
        "bounds",
        [0.5, 1],
    )


def test_run_stops_at_its_limit_with_3(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "long.dl"
    file.write_text("p(0).\np(Y) :- p(X), Y is X + 1.\nquery(p(X)).", "utf-8")
    assert run(["run", str(file), "--seconds", "1", "--json"]) == 3
    assert "time limit" in json.loads(capsys.readouterr().out)["reason"]


def test_run_stops_reading_at_its_limit_with_3(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "long.dl"
    file.write_text("p(0).\n" * 1000 + "query(p(X)).", "utf-8")
    assert run(["run", str(file), "--seconds", "0", "--json"]) == 3
    assert "time limit" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_check_estimates_a_size(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "rain.dl"
    file.write_text("0.3::rain(a). rain(b).\nwet(X) :- rain(X).\nquery(wet(X)).", "utf-8")
    assert run(["check", str(file), "--estimate", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["estimate"]
    assert set(found["rows"]) == {"rain/1", "wet/1"}
    assert found["instances"]["interval"][0] <= 2
    assert run(["check", str(file), "--estimate"]) == 0
    assert "wet/1" in capsys.readouterr().out
    assert run(["check", "diagnosis", "--estimate"]) == 2
    assert "only a program's size" in capsys.readouterr().err


def test_a_mistake_in_a_program_is_shown_with_a_caret(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, b"wet :- rain(X.\n")
    assert run(["run", "-"]) == 2
    err = capsys.readouterr().err
    assert "standard input:1:" in err
    assert "^" in err


def test_several_proofs_and_graphs(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "p.dl"
    file.write_text("0.5::a. 0.2::b. c :- a. c :- b. d :- a, \\+ a. query(c). query(d).", "utf-8")
    assert run(["run", str(file), "--proofs", "3", "--why"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.strip() for line in out if "[" not in line] == ["0.6\tc", "0.5", "0.2", "0\td"]
    assert run(["run", str(file), "--proofs", "1", "--graph", "json", "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)["answers"]
    assert [len(a.get("proofs", ())) for a in answers] == [1, 0]
    assert answers[0]["graph"]["atoms"] == ["c", "a", "b"]
    for form, start in (
        ("mermaid", "flowchart"),
        ("dot", "digraph"),
        ("json", '{"atoms"'),
        ("text", "c :- a"),
    ):
        assert run(["run", str(file), "--graph", form]) == 0
        assert f"\tc\n{start}" in capsys.readouterr().out
    assert run(["run", str(file), "--graph", "svg"]) == 2


def test_check_a_program_and_a_recipe(plants: Path, capsys: Capture) -> None:
    assert run(["check", str(plants / "rules.dl")]) == 2
    assert "rules.dl:" in capsys.readouterr().err
    assert run(["check", str(plants), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["recipe"], found["facts"], found["rules"]) == (True, "plants", 12, 17)


def test_kb_show(plants: Path, capsys: Capture) -> None:
    assert run(["kb", "show", str(plants), "--json"]) == 0
    relations = json.loads(capsys.readouterr().out)["relations"]
    assert {r["relation"]: r["rows"] for r in relations} == {"sign": 4, "plant_disease": 3, "seen": 5}
    assert run(["kb", "show", str(plants), "s4"]) == 0
    out = capsys.readouterr().out
    assert "D:3" in out
    assert "PMID:3" in out
    assert run(["kb", "show", str(plants), "seen", "--limit", "1", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["facts"]) == 1
    assert run(["kb", "show", str(plants), "nobody"]) == 2


def test_kb_import_adds_a_file_to_a_recipe(plants: Path, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "cures.tsv"
    file.write_text("id\twhat\tdays\nD:3\t铁\t7\n", "utf-8")
    options = ["--relation", "cures", "--columns", "id, what, days:integer"]
    assert run(["kb", "import", str(file), *options]) == 0
    assert "[[knowledge]]" in capsys.readouterr().out
    assert run(["kb", "import", str(file), *options, "--into", str(plants)]) == 0
    capsys.readouterr()
    assert run(["kb", "show", str(plants), "cures", "--json"]) == 0
    (fact,) = json.loads(capsys.readouterr().out)["facts"]
    assert fact == {"relation": "cures", "values": ["D:3", "铁", 7], "source": "cures.tsv"}


def test_our_own_mistakes_leave_with_1(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("x")

    monkeypatch.setattr("duli.recipe.read", broken)
    assert run(["ask", "diagnosis", "fever"]) == 1
    assert "a mistake of duli" in capsys.readouterr().err


def test_ctrl_c_says_that_what_was_done_is_kept(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("duli.recipe.read", stopped)
    assert run(["ask", "diagnosis", "fever"]) == 130
    assert "kept" in capsys.readouterr().err


def test_help_teaches(capsys: Capture) -> None:
    assert run(["--help"]) == 0
    assert run(["ask", "--help"]) == 0
    out = capsys.readouterr().out
    assert "seizures" in out
    assert "--jsonl" in out
    assert run(["--version"]) == 0


@pytest.mark.parametrize(
    ("text", "options", "shown"),
    [
        ("0.3::a. 0.6::b. query(a). query(b).", ["--best-world"], "probability 0.42\nfalse\ta\ntrue\tb\n"),
        ("a. query(a).", ["--sample", "2"], "a\na\n"),
        (
            "?::u. 0.3::r. w :- r, \\+ u. utility(w, -9). utility(u, -2).",
            ["--decide"],
            "yes\tu\nexpected utility -2\n",
        ),
    ],
)
def test_tasks_of_run(text: str, options: list[str], shown: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "p.dl").write_text(text, "utf-8")
    assert run(["run", str(tmp_path / "p.dl"), *options]) == 0
    assert capsys.readouterr().out == shown


def test_run_learns_from_a_file(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "p.dl").write_text("t(_)::正.", "utf-8")
    (tmp_path / "e.pl").write_text("evidence(正).\n---\nevidence(正).\n---\nevidence(\\+ 正).\n", "utf-8")
    assert run(["run", str(tmp_path / "p.dl"), "--learn", str(tmp_path / "e.pl"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["parameters"][0]["probability"] == pytest.approx(2 / 3)
    assert run(["run", str(tmp_path / "p.dl"), "--learn", str(tmp_path / "none.pl")]) == 2


def test_a_mistake_in_a_later_example_has_its_line_in_the_file(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "p.dl").write_text("t(_)::雨.")
    for example, message in (
        ("evidence(雨, true.", "e.pl:3:17: expected )"),
        ("evidence(雪, true).", "e.pl:3:10: the program has no predicate 雪"),
        ("evidence(雨(1), true).", "e.pl:3:10: 雨 has 0 arguments, not 1"),
    ):
        (tmp_path / "e.pl").write_text(f"evidence(雨, true).\n---\n{example}\n")
        assert run(["run", str(tmp_path / "p.dl"), "--learn", str(tmp_path / "e.pl")]) == 2
        assert message in capsys.readouterr().err


def test_what_a_network_gives_is_not_taken_as_empty(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "p.dl").write_text("a.\nnn(net, [X], Y, [a, b]) :: p(X, Y).\nquery(p(1, Y)).")
    assert run(["run", str(tmp_path / "p.dl")]) == 2
    assert "p.dl:2:1: the probabilities of p are given by the network net" in capsys.readouterr().err


def test_a_limit_gives_bounds_and_its_exit_code(tmp_path: Path, capsys: Capture) -> None:
    text = "0.5::s. n(0) :- s. n(Y) :- n(X), Y is X + 1. query(n(1)). query(n(-1))."
    (tmp_path / "p.dl").write_text(text, "utf-8")
    assert run(["run", str(tmp_path / "p.dl"), "--seconds", "0.3", "--json"]) == 3
    answers = {a["atom"]: a for a in json.loads(capsys.readouterr().out)["answers"]}
    assert (answers["n(1)"]["kind"], answers["n(1)"]["probability"]) == ("bounds", None)
    assert answers["n(1)"]["interval"][1] == 1
