from duli.errors import Place
from duli.explain import lines, to_dict
from duli.explain.tree import sources, walk
from duli.types import Proof

LEAF = Proof("seen('HP:1',ann)", "fact", 0.5, None, "PMID:1")
PROOF = Proof("ill(ann)", "rule", 1.0, Place("r.dl", 3, 1), None, (LEAF, LEAF), 4)


def test_lines_indent_and_say_why() -> None:
    label = {"HP:1": "发热"}.get
    assert list(lines(PROOF, label)) == [
        "ill(ann)   [r.dl:3:1]",
        "  seen('HP:1' (发热),ann)   [PMID:1, p=0.5]",
        "  seen('HP:1' (发热),ann)   [PMID:1, p=0.5]",
        "  … and 4 more",
    ]


def test_json_leaves_out_what_is_empty() -> None:
    data = to_dict(PROOF)
    assert data["where"] == "r.dl:3:1"
    assert data["omitted"] == 4
    assert data["premises"][0] == {"atom": LEAF.atom, "kind": "fact", "probability": 0.5, "source": "PMID:1"}


def test_sources_once_and_parents_first() -> None:
    assert sources(PROOF) == ("PMID:1",)
    assert [step.atom for step in walk(PROOF)] == ["ill(ann)", LEAF.atom, LEAF.atom]
