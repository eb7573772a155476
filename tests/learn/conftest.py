from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lm.conftest import bert


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads that wait for each other make tiny models slow."""
    try:
        import torch
    except ImportError:
        yield
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("peft", reason="needs the extra tune")
    return bert(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="session")
def decoder_folder(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPT-2 of two layers with random weights, and the encoder's words."""
    transformers: Any = pytest.importorskip("transformers")
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers

    place = tmp_path_factory.mktemp("decoder")
    words = (encoder_folder / "vocab.txt").read_text("utf-8").split()
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="[SEP]",  # noqa: S106 - not a password
        unk_token="[UNK]",  # noqa: S106
    )
    fast.save_pretrained(place)
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=len(words), n_positions=24, n_embd=32, n_layer=2, n_head=2, bos_token_id=3, eos_token_id=3
    )
    transformers.GPT2LMHeadModel(config).save_pretrained(place)
    return place
