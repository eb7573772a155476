import json

from duli.explain import Answer
from duli.explain.answer import Ground, Reason
from duli.types import Mention, Proof, Ranked, Span

ANSWER = Answer(
    "ill(X)",
    (
        Ranked("D:1", "<b>锈病</b>", 0.75, "exact", (0.75, 0.75)),
        Ranked("D:2", None, 0.25, "exact", (0.25, 0.25)),
    ),
    (Mention(Span(0, 2, "褐斑"), False, (("s", "褐斑", 0.9),), 0.1), Mention(Span(3, 5, "xx"), True)),
    ((Reason("褐斑", 1.5, lambda: Ground("s", "褐斑", (("a", "b"),), ("PMID:1",))),),),
    total=2,
    prove=lambda value: Proof(f"ill('{value}')", "fact"),
)


def test_json_has_the_agreed_shape() -> None:
    data = json.loads(ANSWER.to_json())
    assert list(data)[:2] == ["query", "answers"]
    assert data["answers"][0] == {
        "value": "D:1",
        "label": "<b>锈病</b>",
        "probability": 0.75,
        "kind": "exact",
        "interval": [0.75, 0.75],
        "calibrated": False,
        "reasons": [
            {
                "phrase": "褐斑",
                "log_ratio": 1.5,
                "entity": "s",
                "label": "褐斑",
                "paths": [["a", "b"]],
                "sources": ["PMID:1"],
            }
        ],
        "proof": None,
        "sources": ["PMID:1"],
    }
    assert data["answers"][1]["reasons"] == []
    assert data["mentions"][1] == {
        "text": "xx",
        "start": 3,
        "end": 5,
        "negated": True,
        "candidates": [],
        "nothing": 1.0,
        "note": None,
    }
    assert data["abstained"] is False


def test_the_proof_is_found_when_asked_for() -> None:
    assert ANSWER.to_dict(proof=True)["answers"][0]["proof"]["atom"] == "ill('D:1')"
    assert (ANSWER.best, ANSWER.probability) == ("D:1", 0.75)
    assert ANSWER.proof == Proof("ill('D:1')", "fact")


def test_html_is_escaped() -> None:
    page = ANSWER._repr_html_()
    assert "&lt;b&gt;锈病" in page
    assert "褐斑 +1.50" in page


def test_no_answer_says_why() -> None:
    empty = Answer("ill(X)", (), reason="nothing <is> known")
    assert (empty.abstained, empty.best, empty.probability, empty.proof) == (True, None, 0.0, None)
    assert str(empty) == "no answer: nothing <is> known"
    assert "nothing &lt;is&gt; known" in empty._repr_html_()
    assert empty.to_dict()["answers"] == []
