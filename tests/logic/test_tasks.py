import numpy as np
import pytest

from duli import logic
from duli.errors import InconsistentEvidenceError, InputError
from duli.logic.decision import decide
from duli.logic.learning import learn, read_interpretations
from duli.logic.worlds import best_world, gradient, sample
from duli.types import Atom

SMOKERS = """{stress}::stress(X) :- person(X). {influence}::influences(X, Y) :- friend(X, Y).
person(a). person(b). person(c). friend(a, b). friend(b, a). friend(b, c).
smokes(X) :- stress(X). smokes(X) :- friend(X, Y), influences(Y, X), smokes(Y).
influences(X, Y) :- friend(Y, X), pressure(X). 0.5::pressure(c).
query(smokes(X)). query(stress(a))."""


def program(stress: str, influence: str) -> str:
    return SMOKERS.format(stress=stress, influence=influence)


@pytest.mark.parametrize(
    ("text", "probability", "true"),
    [
        ("0.3::a. 0.6::b. query(a). query(b).", 0.42, "b"),
        ("0.3::a. 0.6::b. c :- a. c :- b. evidence(c). evidence(\\+ b). query(a).", 1, "a"),
        ("0.3::雨. 0.9::湿 :- 雨. 0.1::湿. evidence(湿). query(雨). query(湿).", 0.3 * 0.9 * 0.9 / 0.343, "雨 湿"),
        ("0.2::c(r); 0.5::c(g); 0.3::c(b). evidence(\\+ c(g)). query(c(X)).", 0.6, "c(b)"),
    ],
)  # fmt: skip
def test_the_best_world(text: str, probability: float, true: str) -> None:
    world = best_world(logic.compile(text).run())
    assert world.probability == pytest.approx(probability)
    assert [str(atom) for atom, on in world.atoms.items() if on] == true.split()


def test_samples_given_rare_evidence() -> None:
    text = "0.001::a. 0.5::b :- a. 0.0001::c. b :- c. evidence(b). query(a). query(c)."
    result = logic.compile(text).run()
    drawn = sample(result, 2000, seed=2)
    for atom, p in result.probabilities.items():
        assert drawn[atom].mean() == pytest.approx(p, abs=0.04)


def test_parameters_are_learned_from_whole_and_partial_interpretations() -> None:
    drawn = sample(logic.compile(program("0.3", "0.6")).run(), 1200, seed=1)
    examples = [
        {atom: bool(holds[i]) for atom, holds in drawn.items() if (i + len(str(atom))) % 5}
        for i in range(1200)
    ]
    found = learn(program("t(_)", "t(0.5)"), examples)
    assert [head for _, head, _ in found.parameters] == ["stress(X)", "influences(X,Y)"]
    assert [p for *_, p in found.parameters] == pytest.approx([0.3, 0.6], abs=0.07)
    assert found.converged
    assert (np.diff(found.log_likelihoods) >= -1e-9).all()


def test_alternatives_are_learned_as_one_choice() -> None:
    colours = ["r"] * 5 + ["g"] * 3 + ["b"] * 2
    examples = [{Atom("c", (colour,)): True} for colour in colours]
    found = learn("t(_)::c(r); t(_)::c(g); t(_)::c(b) :- any. any.", examples)
    assert [p for *_, p in found.parameters] == pytest.approx([0.5, 0.3, 0.2])


def test_what_cannot_be_learned() -> None:
    with pytest.raises(InputError, match="nothing is to be learned"):
        learn("0.3::a.", [{Atom("a"): True}])
    with pytest.raises(InconsistentEvidenceError, match="impossible"):
        learn("t(_)::a. b :- a, \\+ a.", [{Atom("a"): True}, {Atom("b"): True}])
    with pytest.raises(InputError, match="no predicate c"):
        learn("t(_)::a.", [{Atom("c"): True}])


def test_interpretations_are_read() -> None:
    text = "evidence(a, true).\nevidence(b(甲), false).\n---\n\n---\nevidence(\\+ a)."
    assert read_interpretations(text.split("\n")) == [
        {Atom("a"): True, Atom("b", ("甲",)): False},
        {Atom("a"): False},
    ]


@pytest.mark.parametrize(
    ("text", "decisions", "utility"),
    [
        ("?::u. 0.3::rain. wet :- rain, \\+ u. utility(wet, -10). utility(u, -2).", {"u": True}, -2),
        ("?::u. 0.1::rain. wet :- rain, \\+ u. utility(wet, -10). utility(u, -2).", {"u": False}, -1),
        ("?::m(X) :- p(X). p(a). p(b). 0.5::t(a). 0.1::t(b). buys(X) :- m(X), t(X). utility(buys(X), 5) :- p(X). "
         "utility(m(X), -1) :- p(X).", {"m(a)": True, "m(b)": False}, 1.5),
    ],
)  # fmt: skip
def test_the_best_decisions(text: str, decisions: dict[str, bool], utility: float) -> None:
    found = decide(text)
    assert {str(atom): on for atom, on in found.decisions.items()} == decisions
    assert found.utility == pytest.approx(utility)
    assert found.kind == "exact"


def test_many_decisions_are_sought() -> None:
    text = " ".join(f"?::d{i}. utility(d{i}, {1 if i % 3 else -1})." for i in range(20))
    found = decide(text)
    assert found.kind == "bounds"
    assert found.utility == pytest.approx(sum(1 for i in range(20) if i % 3))


def test_the_gradient_names_the_choices() -> None:
    result = logic.compile("0.3::a. 0.5::b. 0.2::c :- a. c :- a, b. query(c).").run()
    found = {
        (str(choice.atom), choice.probability): slope for choice, slope in gradient(result, Atom("c")).items()
    }
    assert found == pytest.approx({("a", 0.3): 0.6, ("b", 0.5): 0.24, ("c", 0.2): 0.15})
