"""Frozen language models: texts to features, each text once.

features = lm.encode(lm.encoder(), ["seizures", "renal cysts"])
features.vectors.shape                                   # (2, 384)
"""

from __future__ import annotations

from pathlib import Path

from duli.errors import ModelError
from duli.lm.fake import FakeEncoder
from duli.lm.features import encode, token_states
from duli.lm.protocol import Encoder, TokenStates, Vectors

__all__ = ["Encoder", "FakeEncoder", "TokenStates", "Vectors", "encode", "encoder", "token_states"]

NAMES = ("embedded", "multilingual-e5", "use", "hf", "openai", "fake")


def encoder(
    name: str = "embedded",
    folder: Path | None = None,
    *,
    adapter: Path | None = None,
    url: str | None = None,
    model: str | None = None,
    key: str | None = None,
) -> Encoder:
    """The encoder of this name.

    Args:
        name: ``embedded`` (all-MiniLM-L6-v2: English, 384 dimensions, offline),
            ``multilingual-e5`` (about 100 languages), ``use`` (16 languages, very fast), ``hf`` (a model of the
            Hugging Face format in a folder), ``openai`` (a server of that protocol), or ``fake`` (for tests).
        folder: where the model's files are looked for first; ``hf`` looks nowhere else.
        adapter: for ``hf``: a folder that ``duli tune`` made for this model (extra ``tune``).
        url, model: for ``openai``: the server's base address, and its name for the model.
        key: for ``openai``: the environment variable that holds the key, if the server wants one.

    Raises:
        ModelError: no such encoder, or its files are not there or not the published ones.
        MissingExtraError: a package that it needs is not installed.
    """
    if adapter is not None and name != "hf":
        raise ModelError("an adapter belongs to an encoder 'hf'", hint="lm.encoder('hf', folder, adapter=…)")
    if name == "embedded":
        # Here, so that importing this package imports neither onnxruntime nor tokenizers.
        from duli.lm.embedded import Embedded

        return Embedded(folder)
    if name == "hf":
        if folder is None:
            raise ModelError("the encoder 'hf' needs a model's folder", hint="lm.encoder('hf', Path(…))")
        from duli.lm.huggingface import HuggingFace

        return HuggingFace(folder, adapter=adapter)
    if name == "multilingual-e5":
        from duli.lm.multilingual_e5 import MultilingualE5

        return MultilingualE5()
    if name == "use":
        from duli.lm.use import UniversalSentenceEncoder

        return UniversalSentenceEncoder()
    if name == "openai":
        if url is None or model is None:
            raise ModelError(
                "the encoder 'openai' needs a server's url and the name of its model",
                hint="lm.encoder('openai', url='http://127.0.0.1:8080/v1', model='…')",
            )
        from duli.lm.openai import OpenAI
        from duli.lm.server import Server

        return OpenAI(Server(url, key), model)
    if name == "fake":
        return FakeEncoder()
    raise ModelError(f"there is no encoder {name!r}", hint=f"use one of {', '.join(NAMES)}")
