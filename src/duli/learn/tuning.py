"""``tune``: adapt a frozen model by a small adapter, when the user asks. The model's own weights do not move.

Only θ's adapter is made here; what decides, φ, is learned afterwards on the adapted encoder:

    made = tune(Path("model"), texts, labels, out=Path("adapter"))
    encoder = lm.encoder("hf", Path("model"), adapter=made.folder)
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from duli.errors import InputError, ModelError
from duli.files import Progress, content_key, silent, warn_once
from duli.learn import card, texts, tracking
from duli.lm.adapters import CONFIG, METHODS, WEIGHTS, Adapted, Kind
from duli.lm.graph import need
from duli.lm.huggingface import load, weights_key

OBJECTIVES = {
    "contrast": "AutoModel",
    "classify": "AutoModel",
    "masked": "AutoModelForMaskedLM",
    "causal": "AutoModelForCausalLM",
}
"""What can be trained for, and which class of transformers reads the model for it. Without a head: with labels."""
_CHECKPOINT = "checkpoint"


@dataclass(frozen=True)
class Tuning:
    """How to train.

    Args:
        objective: ``contrast`` (texts move to the names of their labels), ``classify`` (a linear head, thrown away
            afterwards), ``masked`` or ``causal`` (no labels: hidden or next tokens).
        method: ``lora``, ``adalora`` or ``bottleneck``.
        rank: of LoRA; the mean final rank of AdaLoRA; the width of a bottleneck.
        steps: batches, at most.
        tokens: a batch, padding included.
        longest: text, in tokens. With labels the rest is cut off; without, it becomes texts of its own.
        learning_rate: the highest; it rises over the first tenth and falls to 0 after.
        dropout: share of the adapter's input that is left out.
        held_out: share of the texts, in [0, 1), on which it is measured when to stop.
        every: steps from one measurement, and checkpoint, to the next.
        patience: measurements without a lower loss before it stops.
        seed: of all random numbers.
    """

    objective: str = "contrast"
    method: str = "lora"
    rank: int = 8
    steps: int = 200
    tokens: int = 2048
    longest: int = 128
    learning_rate: float = 1e-3
    dropout: float = 0.05
    held_out: float = 0.1
    every: int = 20
    patience: int = 5
    seed: int = 0

    @property
    def labelled(self) -> bool:
        """Whether the objective needs labels."""
        return OBJECTIVES.get(self.objective) == "AutoModel"

    def check(self) -> None:
        """Raise InputError where a value cannot be used."""
        for name, known in (("objective", tuple(OBJECTIVES)), ("method", METHODS)):
            if getattr(self, name) not in known:
                raise InputError(f"{getattr(self, name)!r} is no {name}", hint=f"known: {', '.join(known)}")
        for name in ("rank", "steps", "tokens", "longest", "every", "patience"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("dropout", "held_out"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 0 and below 1, not {getattr(self, name)}")
        if not 0 < self.learning_rate < math.inf:
            raise InputError(f"learning_rate must be above 0, not {self.learning_rate}")
        if self.method == "adalora" and self.steps < 10:
            raise InputError(
                "AdaLoRA moves its ranks over the steps; it needs 10", hint="use the method 'lora'"
            )


@dataclass(frozen=True)
class Tuned:
    """What came of it.

    Args:
        folder: the adapter's, for ``lm.encoder("hf", model, adapter=folder)``.
        steps: that were made.
        best: the step whose adapter was kept.
        parameters: numbers in the adapter.
        share: of the model's, in (0, 1).
        base: a hash of the model's weights, before and after.
        history: what was measured on the held-out texts and on the last batch, by step.
        seconds: of this process.
        main: whether this process wrote the folder: of several, the first does.
    """

    folder: Path
    steps: int
    best: int
    parameters: int
    share: float
    base: str
    history: Mapping[int, Mapping[str, float]] = field(repr=False)
    seconds: float
    main: bool = True

    def to_dict(self) -> dict[str, Any]:
        """As data."""
        return {
            **asdict(self),
            "folder": str(self.folder),
            "history": [{"step": step, **metrics} for step, metrics in self.history.items()],
        }


def tune(
    base: Path,
    given: Sequence[str],
    labels: Sequence[str] | None = None,
    *,
    out: Path,
    options: Tuning = Tuning(),
    track: str = "",
    fresh: bool = False,
    progress: Progress = silent,
) -> Tuned:
    """Train an adapter for a model of the Hugging Face format and write it into a folder.

    A run that was stopped goes on at its last checkpoint when it is called again with the same arguments, and ends
    with the same weights as one that was not. Under ``accelerate launch`` or ``torchrun`` all
    processes share each batch.

    Args:
        base: the model's folder; it is read only.
        given: n texts.
        labels: of each text [n], for the objectives ``contrast`` and ``classify``. Names in words help ``contrast``.
        out: the adapter's folder. In it, in ``run``, is what the trackers wrote.
        options: see there.
        track: trackers beside JSON lines, with commas between: see ``learn.tracking``.
        fresh: begin anew where ``out`` holds an adapter or a checkpoint.
        progress: told ``("tuning", step, steps)``.

    Raises:
        InputError: texts, labels or options cannot be used, or ``out`` is taken.
        MissingExtraError: peft, transformers or torch is not installed.
        ModelError: the folder is no such model, or the model has no place for the adapter.
    """
    begun = time.perf_counter()
    options.check()
    names = texts.label_names(given, labels, wanted=options.labelled)
    need("peft", "tune")
    # Here, because it needs torch.
    from duli.learn.trainer import Trainer

    # Told so, because on ordinary processors it does not look whether it is one of several processes.
    plain = not need("torch", "tune").accelerator.is_available()
    accelerator = need("accelerate", "tune").Accelerator(cpu=plain)
    if accelerator.is_main_process:
        _claim(out, fresh)
    accelerator.wait_for_everyone()
    tokenizer, adapted, objective = _models(base, names, options, accelerator.device)
    run = tracking.record(
        "tune",
        asdict(options),
        data=content_key(json.dumps([list(given), list(labels or ())])),
        model=weights_key(base),
        seed=options.seed,
    )
    data = texts.read(tokenizer, given, labels, names, options)
    trainer = Trainer(objective, adapted, data, options, accelerator, tokenizer, out / _CHECKPOINT)
    before = adapted.fingerprint()
    with _tracked(track, out, run, main=accelerator.is_main_process) as tracker:
        trainer.run(content_key(json.dumps(asdict(options)), run.data, run.model), tracker, progress)
        if adapted.fingerprint() != before:
            raise ModelError("the model's own weights have moved", where=str(base))
        made = Tuned(
            folder=out,
            steps=trainer.step,
            best=trainer.best.step,
            parameters=adapted.parameters,
            share=adapted.parameters / adapted.of,
            base=before,
            history=trainer.history,
            seconds=round(time.perf_counter() - begun, 2),
            main=accelerator.is_main_process,
        )
        if made.main:
            _write(made, adapted, run, base.name)
            tracker.artifact(out / WEIGHTS)
    return made


def _claim(out: Path, fresh: bool) -> None:
    """Make the folder; InputError where it holds what should not be lost."""
    if fresh:
        shutil.rmtree(out / _CHECKPOINT, ignore_errors=True)
        (out / CONFIG).unlink(missing_ok=True)
    elif (out / CONFIG).exists():
        raise InputError(
            "the folder holds a model or an adapter", where=str(out), hint="use another, or --fresh"
        )
    out.mkdir(parents=True, exist_ok=True)


def _models(base: Path, names: Sequence[str], options: Tuning, device: Any) -> tuple[Any, Adapted, Any]:
    """The tokenizer, the model with the adapter in it, and what it is trained for."""
    from duli.learn import objectives

    need("torch", "tune").manual_seed(options.seed)
    tokenizer, model, absent = load(base, OBJECTIVES[options.objective])
    tokenizer.padding_side = "right"
    places = getattr(model.config, "max_position_embeddings", options.longest)
    tokenizer.model_max_length = min(options.longest, places, tokenizer.model_max_length)
    if options.objective == "causal" and _reads_both_ways(model):
        raise InputError(
            "this model reads both ways: it would see the tokens it should foretell",
            hint="use the objective 'masked'",
        )
    kind = Kind(options.method, options.rank, options.dropout, options.steps)
    adapted = Adapted(model.base_model, kind)
    _train_new_head(model, absent, base)
    if options.objective == "contrast":
        ids = tokenizer(list(names), truncation=True)["input_ids"]
        return tokenizer, adapted, objectives.Contrast(model, ids, texts.Pad(tokenizer, device))
    if options.objective == "classify":
        return tokenizer, adapted, objectives.Separate(model, len(names), model.config.hidden_size)
    if options.objective == "masked":
        return tokenizer, adapted, objectives.Masked(model, tokenizer)
    return tokenizer, adapted, objectives.Causal(model)


def _train_new_head(model: Any, absent: Sequence[str], base: Path) -> None:
    """A head that the model's files lack is made and trained along, and not kept; ModelError where more is lacking."""
    inner = [
        name for name in absent if model.base_model is model or name.startswith(model.base_model_prefix + ".")
    ]
    if inner:
        raise ModelError(f"the weights of the model lack {inner[0]!r}", where=str(base))
    if absent:
        warn_once(
            f"the model {base.name} has no head over the vocabulary: one is trained along, and not kept"
        )
    own = dict(model.named_parameters())
    for name in absent:
        if name in own:
            own[name].requires_grad_(True)


def _reads_both_ways(model: Any) -> bool:
    masked = need("transformers", "hf").MODEL_FOR_MASKED_LM_MAPPING
    return type(model.config) in masked and not getattr(model.config, "is_decoder", False)


@contextmanager
def _tracked(names: str, out: Path, run: tracking.Run, *, main: bool) -> Iterator[tracking.Several]:
    """Trackers that are told how it ended; in other processes than the first, none."""
    tracker = tracking.begin(names, out / "run", run) if main else tracking.Several({})
    status = "failed"
    try:
        yield tracker
        status = "finished"
    except KeyboardInterrupt:
        status = "stopped"
        raise
    finally:
        tracker.finish(status)


def _write(made: Tuned, adapted: Adapted, run: tracking.Run, base: str) -> None:
    (made.folder / "README.md").write_text(card.text(made, run, base), "utf-8")
    about = {
        "base": {"name": base, "weights": run.model, "fingerprint": made.base},
        "best": made.best,
        "run": run.to_dict(),
    }
    adapted.save(made.folder, about)
    shutil.rmtree(made.folder / _CHECKPOINT, ignore_errors=True)
