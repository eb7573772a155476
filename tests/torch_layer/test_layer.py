from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from duli import logic  # noqa: E402
from duli.errors import InconsistentEvidenceError, InputError  # noqa: E402
from duli.torch import LogicLayer, semantic_loss  # noqa: E402
from duli.types import Relation, Value  # noqa: E402

PATHS = """path(X,Y) :- e(X,Y). path(X,Y) :- e(X,Z), path(Z,Y). 0.4::shortcut(a,d). path(X,Y) :- shortcut(X,Y).
query(path(a,d)). query(path(X,c))."""
EDGES = [("a", "b"), ("b", "c"), ("c", "d"), ("a", "c"), ("c", "b")]
SUM = """number(W, V) :- digit(W, 0, A), digit(W, 1, B), V is A + 3 * B.
sum(S) :- number(l, X), number(r, Y), S is X + Y. query(sum(S))."""
DIGITS: list[tuple[Value, ...]] = [(w, i, d) for w in "lr" for i in (0, 1) for d in (0, 1, 2)]


def test_the_outputs_are_those_of_the_program_for_each_sample() -> None:
    layer = LogicLayer(PATHS, {"e": EDGES})
    p = torch.rand(4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    out = layer({"e": p})
    for row, given in zip(out.tolist(), p.tolist(), strict=True):
        facts = " ".join(f"{x!r}::e({a},{b})." for x, (a, b) in zip(given, EDGES, strict=True))
        expected = logic.compile(f"{facts}\n{PATHS}").run().probabilities
        assert row == pytest.approx([expected[atom] for atom in layer.atoms], abs=1e-12)


@pytest.mark.parametrize("evidence", ["", "evidence(path(b,d))."])
def test_gradients_and_both_ways_of_evaluation(evidence: str) -> None:
    layer = LogicLayer(f"{PATHS} {evidence}", {"e": EDGES})
    p = 0.2 + 0.6 * torch.rand(3, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    p.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: layer({"e": x}), (p,), atol=1e-6)
    weights = torch.rand(6, layer.circuit.leaves, dtype=torch.float64)
    assert torch.allclose(layer.steps(weights), torch.from_numpy(layer.circuit.evaluate(weights.numpy())))


def test_exclusive_groups_of_logits_give_a_distribution() -> None:
    layer = LogicLayer(SUM, {"digit": DIGITS}, exclusive={"digit": 2}, logits=True)
    logits = torch.randn(7, len(DIGITS), generator=torch.Generator().manual_seed(2))
    out = layer({"digit": logits})
    assert out.dtype == torch.float32
    assert out.sum(1).tolist() == pytest.approx([1.0] * 7, abs=1e-5)
    p = logits.reshape(7, 4, 3).softmax(-1).double().numpy()
    both = [np.einsum("ba,bc->bca", p[:, 2 * w], p[:, 2 * w + 1]).reshape(7, 9) for w in (0, 1)]
    for column, atom in enumerate(layer.atoms):
        s = int(atom.arguments[0])
        expected = sum(both[0][:, x] * both[1][:, s - x] for x in range(9) if 0 <= s - x < 9)
        assert out[:, column].tolist() == pytest.approx(expected.tolist(), abs=1e-5)


def test_sums_teach_digits() -> None:
    random = torch.Generator().manual_seed(0)
    centres = torch.randn(5, 8, generator=random)
    digits = torch.randint(0, 5, (600, 2), generator=random)
    features = centres[digits] + 0.3 * torch.randn(600, 2, 8, generator=random)
    text = """nn(reader, [X], Y, [0, 1, 2, 3, 4]) :: digit(X, Y).
        sum(S) :- digit(a, X), digit(b, Y), S is X + Y. query(sum(S))."""
    torch.manual_seed(3)
    layer = LogicLayer(text, {"digit": [("a",), ("b",)]}, networks={"reader": torch.nn.Linear(8, 5)})
    column = {int(atom.arguments[0]): i for i, atom in enumerate(layer.atoms)}
    wanted = torch.tensor([column[int(s)] for s in digits.sum(1)])
    optimiser = torch.optim.Adam(layer.parameters(), lr=0.05)
    for _ in range(150):
        optimiser.zero_grad()
        loss = semantic_loss(layer({"digit": features})[torch.arange(600), wanted])
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    read = layer.networks["reader"](features).argmax(-1)
    assert (read == digits).double().mean() > 0.95


def test_a_constraint_of_probability_0_has_a_finite_loss() -> None:
    p = torch.tensor([0.0, 1.0], requires_grad=True)
    loss = semantic_loss(p)
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss)
    assert p.grad is not None
    assert torch.isfinite(p.grad).all()


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(InputError, match="has 5 rows"):
        LogicLayer(PATHS, {"e": EDGES})({"e": torch.rand(2, 4)})
    with pytest.raises(InputError, match="not an input of the layer"):
        LogicLayer(PATHS, {"e": EDGES})({"e": torch.rand(2, 5), "f": torch.rand(2, 4)})
    with pytest.raises(InputError, match="the input e is missing"):
        LogicLayer(PATHS, {"e": EDGES})({})
    with pytest.raises(InputError, match="must be floats"):
        LogicLayer(PATHS, {"e": EDGES})({"e": torch.ones(2, 5, dtype=torch.int64)})
    for wrong in (1.5, -0.1, float("nan")):
        with pytest.raises(InputError, match="the probabilities of e must be in"):
            LogicLayer(PATHS, {"e": EDGES})({"e": torch.full((2, 5), wrong)})
    with pytest.raises(InputError, match="column 2 of e"):
        LogicLayer(PATHS, {"e": EDGES}, exclusive={"e": 2})
    with pytest.raises(InputError, match="asks nothing"):
        LogicLayer("c :- a(1).", {"a": [(1,)]})
    with pytest.raises(InconsistentEvidenceError):
        LogicLayer("c :- a(1). evidence(c). query(a(1)).", {"a": [(1,)]})({"a": torch.tensor([[0.5], [0.0]])})


def test_atoms_are_named_once_and_those_that_cannot_hold_too() -> None:
    layer = LogicLayer("c(X) :- a(X). query(c(X)). query(c(1)). query(c(2)).", {"a": [(1,)]})
    assert [str(atom) for atom in layer.atoms] == ["c(1)", "c(2)"]
    assert layer({"a": torch.tensor([[0.25]])}).tolist() == [[0.25, 0.0]]


def test_the_programs_own_facts_stay_as_they_are() -> None:
    layer = LogicLayer("0.5::a(2). c(X) :- a(X). query(c(X)).", {"a": [(1,)]})
    out = layer({"a": torch.tensor([[0.25]])})
    assert dict(zip(map(str, layer.atoms), out[0].tolist(), strict=True)) == {"c(1)": 0.25, "c(2)": 0.5}


def test_groups_of_a_relation_are_checked() -> None:
    columns = (np.array([0, 1]),)
    program = logic.compile("q(X) :- a(X). query(q(X)).", inputs={"a": 1})
    with pytest.raises(InputError, match="sum to more than 1"):
        program.run({"a": Relation(columns, np.array([0.9, 0.9]), groups=np.array([0, 0]))})
    with pytest.raises(InputError, match="different lengths"):
        program.run({"a": Relation(columns, np.array([0.4, 0.4]), groups=np.array([0]))})


RAIN = """t(0.3)::rain. t(0.6)::sprinkler. wet :- rain. wet :- sprinkler. 0.9::slippery :- wet.
query(rain). query(wet). query(slippery)."""


def named(layer: LogicLayer) -> dict[str, float]:
    """The program's parameters by their heads."""
    return {head: p for (_, head), p in zip(layer.learned, layer.learned_probabilities.tolist(), strict=True)}


def test_probabilities_of_the_program_are_parameters_where_it_says_so() -> None:
    layer = LogicLayer(RAIN)
    assert named(layer) == pytest.approx({"rain": 0.3, "sprinkler": 0.6}, abs=1e-6)
    assert layer({}).tolist()[0] == pytest.approx([0.3, 0.72, 0.648], abs=1e-6)
    assert [len(p) for p in layer.parameters()] == [2]
    assert named(LogicLayer(RAIN, learn=["slippery"])) == pytest.approx(
        {"rain": 0.3, "sprinkler": 0.6, "slippery": 0.9}, abs=1e-6
    )
    assert list(LogicLayer("0.5::a. query(a).").parameters()) == []


def test_parameters_of_many_rules_that_are_alike() -> None:
    rules = "".join(f"0.{i}::ill({i}) :- cause({i % 3}). " for i in range(10, 50))
    layer = LogicLayer(f"0.5::cause(0). cause(1). cause(2). {rules} query(ill(X)).", learn=["ill"])
    assert named(layer) == pytest.approx({f"ill({i})": float(f"0.{i}") for i in range(10, 50)}, abs=1e-6)
    expected = {f"ill({i})": float(f"0.{i}") * (1 if i % 3 else 0.5) for i in range(10, 50)}
    assert dict(zip(map(str, layer.atoms), layer({})[0].tolist(), strict=True)) == pytest.approx(
        expected, abs=1e-6
    )


def test_parameters_learn_what_is_seen() -> None:
    layer = LogicLayer(RAIN)
    optimiser = torch.optim.Adam(layer.parameters(), lr=0.1)
    wanted = torch.tensor([0.2, 0.5])
    for _ in range(300):
        optimiser.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy(layer({})[0, :2], wanted)
        loss.backward()
        optimiser.step()
    assert named(layer) == pytest.approx({"rain": 0.2, "sprinkler": 0.375}, abs=1e-3)


def test_parameters_of_alternatives_stay_a_distribution() -> None:
    text = """0.2::colour(X,red); t(0.3)::colour(X,green); t(0.5)::colour(X,blue) :- ball(X). ball(1). ball(2).
        t(_)::size(X,small); t(_)::size(X,large) :- ball(X). query(colour(X,C)). query(size(X,S))."""
    torch.manual_seed(0)
    layer = LogicLayer(text)
    found = named(layer)
    assert len(found) == 4
    assert found["colour(X,green)"] == pytest.approx(0.3, abs=1e-6)
    optimiser = torch.optim.Adam(layer.parameters(), lr=0.3)
    column = {str(atom): i for i, atom in enumerate(layer.atoms)}
    for _ in range(100):
        optimiser.zero_grad()
        out = layer({})[0]
        (-out[column["colour(1,green)"]] - out[column["size(2,small)"]]).backward()
        optimiser.step()
    out = dict(zip(column, layer({})[0].tolist(), strict=True))
    # Both balls have one parameter; the alternative that is not learned keeps its part, and all of them sum to 1.
    for ball in (1, 2):
        assert out[f"colour({ball},red)"] == pytest.approx(0.2, abs=1e-6)
        assert 0.78 < out[f"colour({ball},green)"] <= 0.8
        assert sum(out[f"colour({ball},{c})"] for c in ("red", "green", "blue")) == pytest.approx(1, abs=1e-5)
        assert 0.9 < out[f"size({ball},small)"] < 1


def test_parameters_and_inputs_together_have_the_right_gradients() -> None:
    text = "t(0.4)::open(X) :- e(X,Y). path(X,Y) :- e(X,Y), open(X). path(X,Y) :- path(X,Z), e(Z,Y). query(path(a,X))."
    layer = LogicLayer(text, {"e": EDGES}).double()
    p = 0.2 + 0.6 * torch.rand(3, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    own = next(layer.parameters())

    def run(x: Tensor, logits: Tensor) -> Tensor:
        out: Tensor = torch.func.functional_call(layer, {"own.logits": logits}, ({"e": x},))
        return out

    assert torch.autograd.gradcheck(run, (p.requires_grad_(), own.detach().requires_grad_()), atol=1e-6)


def test_inputs_by_name_are_the_facts_of_the_program() -> None:
    facts = "".join(f"0.5::e({a},{b}). " for a, b in EDGES)
    named_, given = LogicLayer(facts + PATHS, ["e"]), LogicLayer(PATHS, {"e": EDGES})
    assert named_.rows == {"e": EDGES}
    p = torch.rand(4, 5, generator=torch.Generator().manual_seed(5))
    found, expected = (
        dict(zip(map(str, x.atoms), x({"e": p}).T.tolist(), strict=True)) for x in (named_, given)
    )
    assert found.keys() == expected.keys()
    for atom, values in found.items():
        assert values == pytest.approx(expected[atom], abs=1e-6)
    with pytest.raises(InputError, match="path has no facts in the program"):
        LogicLayer(PATHS.replace("e(", "shortcut("), ["path"])
