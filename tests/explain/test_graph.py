"""Graphs of proofs and derivations, and that their syntax is right whatever the names are."""

from __future__ import annotations

import re

import pytest

from duli import logic
from duli.explain.graph import FORMATS, dot, graph, mermaid, render, text, to_json
from duli.types import Atom, Derivations

TEXT = """0.5::e(a,b). 0.4::e(b,c). 0.3::e(a,c). 0.9::e(c,a).
p(X,Y) :- e(X,Y).
p(X,Y) :- e(X,Z), p(Z,Y), X \\= Y.
n('"quoted" \\\\ <b> #1; `x`') :- p(a,c).
n('蘑菇，有毒') :- p(a,c), \\+ e(c,a).
"""
HARD = [Atom("n", ('"quoted" \\ <b> #1; `x`',)), Atom("n", ("蘑菇，有毒",))]
MERMAID = re.compile(
    r"""flowchart BT(\n    (a\d+\["[^"`<>]*"\]|s\d+\("[^"`<>]*"\)|[as]\d+ --> [as]\d+))*\Z"""
)
LABEL = r'"(?:[^"\\\n]|\\.)*"'
DOT = re.compile(
    rf"digraph proof \{{\n    rankdir=BT;\n    node \[shape=box\];"
    rf"(\n    (a\d+ \[label={LABEL}\]|s\d+ \[shape=ellipse, label={LABEL}\]|[as]\d+ -> [as]\d+);)*\n\}}\Z"
)


@pytest.fixture(scope="module")
def result() -> logic.Result:
    return logic.compile(TEXT, name="t.dl").run()


@pytest.mark.parametrize("atom", HARD, ids=["quotes", "chinese"])
@pytest.mark.parametrize("whole", [False, True])
def test_labels_are_escaped(result: logic.Result, atom: Atom, whole: bool) -> None:
    found = result.derivations(atom) if whole else result.proof(atom)
    shown = {form: render(found, form) for form in FORMATS}
    assert MERMAID.match(str(shown["mermaid"]))
    assert DOT.match(str(shown["dot"]))
    if "蘑菇" in str(atom):
        assert all("蘑菇，有毒" in str(s) for s in shown.values())
        assert "\\+ e(c,a)" in str(shown["text"])


def test_the_graph_of_derivations_has_every_way_and_its_circle(result: logic.Result) -> None:
    found = result.derivations(Atom("p", ("a", "c")))
    assert found.atoms[0] == "p(a,c)"
    assert text(found).splitlines() == [
        "p(a,c) :- e(a,c)   [rule, t.dl:2:1]",
        "p(a,c) :- e(a,b), p(b,c), a \\= c   [rule, t.dl:3:1]",
        "e(a,c)   [fact, t.dl:1:27, p=0.3]",
        "e(a,b)   [fact, t.dl:1:1, p=0.5]",
        "p(b,c) :- e(b,c)   [rule, t.dl:2:1]",
        "e(b,c)   [fact, t.dl:1:14, p=0.4]",
    ]
    assert [*to_json(found)["steps"][1]["premises"]] == [2, 3]


def test_a_limit_keeps_what_is_near(result: logic.Result) -> None:
    found = result.derivations(Atom("p", ("a", "c")), limit=2)
    assert (len(found.atoms), found.omitted) == (2, 1)
    assert text(found).endswith("… and 1 more")


def test_a_proof_as_a_graph_has_each_atom_once() -> None:
    result = logic.compile("0.5::a. b :- a. c :- a, b.").run()
    found = graph(result.proof(Atom("c")))
    assert found.atoms == ("c", "a", "b")
    assert [step.premises for step in found.steps] == [(1, 2), (), (1,)]
    assert mermaid(found).count("-->") == dot(found).count("->") == 6


def test_nothing_is_a_graph_too() -> None:
    empty = Derivations((), ())
    assert MERMAID.match(mermaid(empty))
    assert DOT.match(dot(empty))
