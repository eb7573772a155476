"""Frozen language models: texts to features, each text once; prompts to text; prompts to label scores.

features = lm.encode(lm.encoder(), ["seizures", "renal cysts"])
features.vectors.shape                                                       # (2, 384)
"".join(lm.generate(lm.generator("hf", folder), "Three colours:"))           # " red, green, blue"
lm.score(lm.scorer("hf", folder), ["Is the sky blue?"], [" yes", " no"])     # log p(label | prompt), [1, 2]
"""

from __future__ import annotations

from pathlib import Path

from duli.lm.fake import FakeEncoder
from duli.lm.features import encode, token_states
from duli.lm.generation import Generator, Settings, generate, generate_json
from duli.lm.protocol import Encoder, TokenStates, Vectors
from duli.lm.registry import make, names
from duli.lm.scoring import LabelScorer, score

__all__ = [
    "Encoder",
    "FakeEncoder",
    "Generator",
    "LabelScorer",
    "Settings",
    "TokenStates",
    "Vectors",
    "encode",
    "encoder",
    "generate",
    "generate_json",
    "generator",
    "names",
    "score",
    "scorer",
    "token_states",
]


def encoder(
    name: str = "embedded",
    folder: Path | None = None,
    *,
    adapter: Path | None = None,
    url: str | None = None,
    model: str | None = None,
    key: str | None = None,
    revision: str | None = None,
) -> Encoder:
    """The encoder of this name (``lm.names("encoder")`` lists them; each takes some of the options).

    Args:
        name: ``embedded`` (all-MiniLM-L6-v2: English, 384 dimensions, offline),
            ``multilingual-e5`` (about 100 languages), ``use`` (16 languages, very fast), ``hf`` (a model of the
            Hugging Face format), ``onnx``, ``gguf``, ``openai`` (a server of that protocol), or ``fake`` (for tests).
        folder: where the model's files are looked for first; ``hf``, ``onnx``, ``gguf``: where they are.
        adapter: for ``hf``: a folder that ``duli tune`` made for this model (extra ``tune``).
        url, model: for ``openai``: the server's base address, and its name for the model.
        model, revision: for ``hf`` in place of a folder: ``owner/name`` at the hub, and the 40 digits of a commit.
        key: for ``openai``: the environment variable that holds the key, if the server wants one; begins with
            ``DULI_KEY_``.

    Raises:
        ModelError: no such encoder, an option that it does not take or that is missing, or its files are not there
            or not the published ones.
        MissingExtraError: a package that it needs is not installed.
    """
    options = {
        "folder": folder,
        "adapter": adapter,
        "url": url,
        "model": model,
        "key": key,
        "revision": revision,
    }
    made: Encoder = make("encoder", name, options)
    return made


def scorer(
    name: str,
    folder: Path | None = None,
    *,
    url: str | None = None,
    model: str | None = None,
    key: str | None = None,
    revision: str | None = None,
) -> LabelScorer:
    """The label scorer of this name: ``hf`` (masked or causal), ``gguf`` or ``openai``; else as ``encoder``."""
    made: LabelScorer = make(
        "scorer", name, {"folder": folder, "url": url, "model": model, "key": key, "revision": revision}
    )
    return made


def generator(
    name: str,
    folder: Path | None = None,
    *,
    url: str | None = None,
    model: str | None = None,
    key: str | None = None,
    revision: str | None = None,
) -> Generator:
    """The generator of this name: ``hf`` (causal), ``gguf`` or ``openai``; else as ``encoder``."""
    made: Generator = make(
        "generator", name, {"folder": folder, "url": url, "model": model, "key": key, "revision": revision}
    )
    return made
