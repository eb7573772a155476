"""Adapters: small trainable parts on a frozen model of the Hugging Face format (the extra ``tune``).

A folder with an adapter holds ``adapter_model.safetensors``, ``config.json`` (for which model it was made, the
weights' hash) and a model card; for LoRA and AdaLoRA also peft's ``adapter_config.json``, so that peft reads it too.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duli.errors import ModelError
from duli.files import content_key, file_hash, write_atomic
from duli.lm.graph import need

METHODS = ("lora", "adalora", "bottleneck")
WEIGHTS, CONFIG = "adapter_model.safetensors", "config.json"
_FORMAT = "duli-adapter-1"
_POOLER = "pooler."


@dataclass(frozen=True)
class Kind:
    """What kind of adapter.

    Args:
        method: one of METHODS.
        rank: of LoRA; the mean final rank of AdaLoRA; the width of a bottleneck.
        dropout: share of the adapter's input that is left out in training.
        steps: of training; AdaLoRA spends its budget of ranks over them.
    """

    method: str = "lora"
    rank: int = 8
    dropout: float = 0.05
    steps: int = 200

    @property
    def settled(self) -> int:
        """The step from which the ranks stay."""
        return self.steps - self.steps // 4 if self.method == "adalora" else 0


class Adapted:
    """A model with an adapter in it, put there in place. Only the adapter can be trained.

    Args:
        model: without a head (``AutoModel``, or ``base_model`` of one with a head).
        kind: of adapter.

    ``parameters`` says how many numbers the adapter has, ``of`` how many the model.

    Raises:
        MissingExtraError: peft is not installed.
        ModelError: the model has no place for it.

    Source: Hu et al. 2022 (LoRA, on all products: Dettmers et al. 2023), Zhang et al. 2023 (AdaLoRA), Houlsby et
    al. 2019.
    """

    def __init__(self, model: Any, kind: Kind) -> None:
        self.model = model
        self.kind = kind
        self._names = frozenset(model.state_dict())
        self.of = sum(p.numel() for p in model.parameters())
        linears = _linears(model)
        model.requires_grad_(False)
        self.peft: Any = None
        if kind.method == "bottleneck":
            from duli.lm import bottleneck

            self.targets = bottleneck.last_products(linears)
            bottleneck.attach(model, self.targets, linears, kind.rank, kind.dropout)
        else:
            self.targets = list(linears)
            with _quiet():
                self.peft = need("peft", "tune").get_peft_model(model, _peft_config(kind, self.targets))
        self.parameters = sum(p.numel() for p in model.parameters() if p.requires_grad)

    def fingerprint(self) -> str:
        """A hash of all of the model's own weights as they are now, the adapter's left out."""
        parts: list[str | bytes] = []
        for name, tensor in sorted(self.model.state_dict().items()):
            own = name.replace(".base_layer.", ".")
            if own in self._names:
                parts += [own, tensor.detach().cpu().contiguous().view(-1).numpy().tobytes()]
        return content_key(*parts)

    def save(self, folder: Path, about: Mapping[str, Any]) -> None:
        """Write the adapter: its weights, then ``config.json``, which says that it is complete."""
        torch_files = need("safetensors.torch", "tune")
        if self.peft is None:
            from duli.lm import bottleneck

            weights = bottleneck.state(self.model)
        else:
            peft = need("peft", "tune")
            with _quiet():
                weights = peft.get_peft_model_state_dict(self.peft)
            config = self.peft.peft_config["default"]
            config.base_model_name_or_path, config.inference_mode = about["base"]["name"], True
            write_atomic(folder / "adapter_config.json", _peft_json(config).encode())
        clean = {name: tensor.detach().cpu().contiguous() for name, tensor in sorted(weights.items())}
        write_atomic(folder / WEIGHTS, torch_files.save(clean, {"format": "pt"}))
        config_json = {
            "format": _FORMAT,
            "method": self.kind.method,
            "rank": self.kind.rank,
            "targets": self.targets,
            **about,
            "sha256": file_hash(folder / WEIGHTS),
        }
        write_atomic(folder / CONFIG, (json.dumps(config_json, indent=2, ensure_ascii=False) + "\n").encode())


def apply(model: Any, folder: Path, *, base: str) -> Any:
    """The model with an adapter from a folder in it. LoRA and AdaLoRA are added into the (read) weights.

    Args:
        base: ``huggingface.weights_key`` of the model's folder.

    Raises:
        MissingExtraError: peft is not installed.
        ModelError: it is no adapter, is damaged, or was made for another model.
    """
    config = read_config(folder)
    if config["base"]["weights"] != base:
        raise ModelError(
            f"this adapter was made for another model: {config['base']['name']}", where=str(folder)
        )
    if file_hash(folder / WEIGHTS) != config["sha256"]:
        raise ModelError(f"{WEIGHTS} is damaged: its SHA-256 is not the one in {CONFIG}", where=str(folder))
    if config["method"] != "bottleneck":
        with _quiet():
            return need("peft", "tune").PeftModel.from_pretrained(model, str(folder)).merge_and_unload()
    from duli.lm import bottleneck

    bottleneck.attach(model, config["targets"], _linears(model), config["rank"], 0.0)
    bottleneck.restore(model, need("safetensors.torch", "tune").load_file(folder / WEIGHTS))
    return model


def read_config(folder: Path) -> dict[str, Any]:
    """What an adapter says of itself; ModelError where there is none."""
    try:
        config: Any = json.loads((folder / CONFIG).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"there is no adapter: {CONFIG} cannot be read", where=str(folder)) from error
    if not isinstance(config, dict) or config.get("format") != _FORMAT:
        raise ModelError(
            f"this is not an adapter: the format in {CONFIG} is not {_FORMAT}", where=str(folder)
        )
    if not (folder / WEIGHTS).is_file():
        raise ModelError(f"the adapter has no {WEIGHTS}; pickles are not read", where=str(folder))
    return config


@contextmanager
def _quiet() -> Iterator[None]:
    """peft warns of names that transformers will drop, and of layers that AdaLoRA left without a rank."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _linears(model: Any) -> dict[str, int]:
    """Width of the output of each product in the model's layers, by name."""
    conv1d = need("transformers.pytorch_utils", "hf").Conv1D
    linear = need("torch", "hf").nn.Linear
    return {
        name: module.weight.shape[0] if isinstance(module, linear) else module.weight.shape[1]
        for name, module in model.named_modules()
        if isinstance(module, linear | conv1d) and not name.startswith(_POOLER)
    }


def _peft_config(kind: Kind, targets: list[str]) -> Any:
    peft = need("peft", "tune")
    shared = {"target_modules": targets, "lora_alpha": 2 * kind.rank, "lora_dropout": kind.dropout}
    if kind.method == "lora":
        return peft.LoraConfig(r=kind.rank, **shared)
    return peft.AdaLoraConfig(
        init_r=kind.rank + max(1, kind.rank // 2),
        target_r=kind.rank,
        tinit=kind.steps // 10,
        tfinal=kind.steps - kind.settled,
        total_step=kind.steps,
        # Between two allocations gradients would bring pruned ranks back.
        deltaT=1,
        **shared,
    )


def _peft_json(config: Any) -> str:
    values = {k: sorted(v) if isinstance(v, set) else v for k, v in config.to_dict().items()}
    return json.dumps(values, indent=2, sort_keys=True, default=str)
