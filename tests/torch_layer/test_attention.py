"""Knowledge attention: what must hold of any vectors, and that knowledge helps where it says something."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from duli.errors import InputError  # noqa: E402
from duli.evaluate.ablation import Question, ablate  # noqa: E402
from duli.neural.neighbours import unit  # noqa: E402
from duli.neural.search import search  # noqa: E402
from duli.torch import Head, Informed, KnowledgeAttention  # noqa: E402
from duli.torch.attention import Gate  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")
ENTITIES = torch.tensor([[0, 4, 2], [6, -1, -1], [-1, -1, -1], [3, 3, 5]])
GATES: tuple[Gate, ...] = ("scalar", "vector")


def made(gate: Gate, width: int = 6) -> KnowledgeAttention:
    torch.manual_seed(0)
    attention = KnowledgeAttention(torch.randn(7, width, dtype=torch.double), 6, gate=gate).double()
    for parameter in attention.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return attention


@pytest.mark.parametrize("width", [6, 4, 9])
@pytest.mark.parametrize("gate", GATES)
def test_shapes_ranges_gradients_and_batches(gate: Gate, width: int) -> None:
    attention = made(gate, width)
    states = torch.randn(4, 6, dtype=torch.double, requires_grad=True)
    found = attention(states, ENTITIES)
    assert found.vectors.shape == states.shape
    assert found.gate.shape == ((4, 1) if gate == "scalar" else (4, 6))
    assert ((found.gate >= 0) & (found.gate <= 1)).all()
    torch.testing.assert_close(found.weights.sum(1), torch.tensor([1.0, 1, 0, 1], dtype=torch.double))
    assert (found.weights[ENTITIES < 0] == 0).all()
    assert torch.autograd.gradcheck(lambda h: attention(h, ENTITIES).vectors, states)
    each = [attention(states[i : i + 1], ENTITIES[i : i + 1]).vectors for i in range(4)]
    torch.testing.assert_close(torch.cat(each), found.vectors)
    found.vectors.pow(2).sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in attention.parameters())


@pytest.mark.parametrize("gate", GATES)
def test_the_order_of_entities_and_places_left_empty_do_not_matter(gate: Gate) -> None:
    attention, states = made(gate), torch.randn(4, 6, dtype=torch.double)
    found = attention(states, ENTITIES)
    turned = attention(states, ENTITIES[:, [2, 0, 1]])
    torch.testing.assert_close(turned.vectors, found.vectors)
    torch.testing.assert_close(turned.weights, found.weights[:, [2, 0, 1]])
    wider = torch.cat((ENTITIES, torch.full((4, 2), -1)), 1)
    torch.testing.assert_close(attention(states, wider).vectors, found.vectors)


def test_without_entities_or_with_a_shut_gate_a_text_stays_as_it_is() -> None:
    attention, states = made("scalar"), torch.randn(4, 6, dtype=torch.double)
    assert torch.equal(attention(states, ENTITIES).vectors[2], states[2])
    torch.nn.init.zeros_(attention.opener.weight)
    torch.nn.init.constant_(attention.opener.bias, -torch.inf)
    assert torch.equal(attention(states, ENTITIES).vectors, states)


def test_an_open_gate_leaves_knowledge_alone_as_long_as_the_text() -> None:
    attention, states = made("scalar"), torch.randn(4, 6, dtype=torch.double)
    torch.nn.init.zeros_(attention.opener.weight)
    torch.nn.init.constant_(attention.opener.bias, torch.inf)
    found = attention(states, ENTITIES).vectors
    torch.testing.assert_close(found.norm(dim=1), states.norm(dim=1))
    along = attention.value @ attention.get_buffer("known")[6]
    assert torch.nn.functional.cosine_similarity(found[1], along, dim=0).item() == pytest.approx(1)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="finite"):
        KnowledgeAttention(torch.full((2, 2), torch.nan), 2)
    with pytest.raises(InputError, match="'scalar' or 'vector'"):
        KnowledgeAttention(torch.zeros(2, 2), 2, gate="none")  # type: ignore[arg-type]
    informed = Informed(made("scalar"), Head(6, 2).double())
    with pytest.raises(InputError, match="states must be"):
        informed(torch.zeros(3, 6), ENTITIES)


def test_knowledge_helps_where_it_says_something_and_shuffled_it_does_not() -> None:
    """A text names its entity; the label is a fact about the entity, as likely for its name as not."""
    rng = np.random.default_rng(0)
    names = unit(rng.normal(size=(120, 16)))
    kinds = rng.integers(0, 2, 120)
    facts = unit(np.hstack([rng.normal(size=(120, 7)), 4 * (2 * kinds[:, None] - 1)]))
    of = rng.integers(0, 120, 600)
    texts = unit(names[of] + 0.05 * rng.normal(size=(600, 16)))
    rows, _ = search(names).nearest(texts, 2)
    assert (rows[:, 0] == of).mean() > 0.95
    # Other entities are asked about than were learned from.
    shown, asked = np.flatnonzero(of < 80), np.flatnonzero(of >= 80)
    found = ablate(Question(texts, rows[:, :1], facts, kinds[of], shown, asked), rank=16)
    assert found.given.value > 0.9
    assert max(found.without.value, found.shuffled.value) < 0.75
    assert found.gain.low > 0
    assert 0 < found.gate < 1
    assert set(found.to_dict()) == {"without", "given", "shuffled", "gain", "gate"}


def test_an_ablation_that_would_say_nothing_is_refused() -> None:
    x, rows, one = np.zeros((4, 3), np.float32), np.zeros((4, 2), np.int64), np.zeros(1, np.int64)
    with pytest.raises(InputError, match="none can be exchanged"):
        ablate(Question(x, rows, x[:2], rows[:, 0], one, one))
    with pytest.raises(InputError, match="texts to learn from"):
        ablate(Question(x, rows, x, rows[:, 0], one[:0], one))
