"""φ on disk: ``config.json``, ``model.safetensors``, a model card, and the recipe that it belongs to."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duli import lm
from duli.errors import DataError, InputError, ModelError
from duli.files import settle, write_together
from duli.lm.graph import need
from duli.neural.classify import Classifier
from duli.neural.match import Matcher
from duli.reason.classes import Trained
from duli.reason.inputs import described
from duli.recipe import Labels, Recipe
from duli.recipe.labels import NONE

if TYPE_CHECKING:
    from duli.learn.guarantees import Promise

CONFIG, WEIGHTS, CARD = "config.json", "model.safetensors", "README.md"
_FORMAT, _KIND = 2, "reasoner"


def save(
    folder: Path,
    recipe: Recipe,
    encoder: lm.Encoder,
    trained: Mapping[str, Trained],
    run: Mapping[str, Any] | None = None,
) -> None:
    """Write what was fitted.

    Args:
        folder: it is made; what is in it of these names is replaced.
        recipe: it is copied, without its knowledge, so that the folder can be loaded by itself.
        encoder: the frozen model; its revision is kept, its weights are not.
        trained: by predicate.
        run: what it came from, as data.

    Raises:
        InputError: the folder cannot be written.
    """
    from safetensors.numpy import save

    config = {
        "format": _FORMAT,
        "kind": _KIND,
        "recipe": {"name": recipe.name, "version": recipe.version},
        "encoder": {"name": encoder.name, "revision": encoder.revision},
        "tables": {
            name: {
                "labels": list(each.labels.names),
                "kind": each.labels.kind,
                "none": each.labels.none,
                "exclusive": each.labels.exclusive,
                "functions": list(each.functions),
                "report": list(each.report),
                "promise": None if each.promise is None else asdict(each.promise),
            }
            for name, each in trained.items()
        },
        "run": run,
    }
    arrays = {
        f"{name}/{number}/{part}": array
        for name, each in trained.items()
        for number, classifier in enumerate(each.classifiers)
        for part, array in classifier.arrays.items()
    }
    try:
        said = (json.dumps(config, ensure_ascii=False, indent=1) + "\n").encode()
        made = {WEIGHTS: save(arrays), CONFIG: said, CARD: card(config, recipe).encode()}
        write_together(folder, {**_copied(recipe, folder), **made})
    except OSError as error:
        raise InputError(f"the folder cannot be written: {error.strerror}", where=str(folder)) from error


def saved(folder: Path) -> bool:
    """Whether a folder holds something that was fitted, whole or not."""
    return (folder / CONFIG).is_file()


def load(folder: Path, recipe: Recipe, encoder: lm.Encoder) -> dict[str, Trained]:
    """What was saved, by predicate.

    Raises:
        DataError: the folder holds something else, or is damaged.
        ModelError: it was fitted on another model.
        InputError: it was fitted for other labels.
    """
    config, arrays = _read(folder)
    try:
        about, tables = config["encoder"], config["tables"]
        if about["revision"] != encoder.revision:
            raise ModelError(
                f"this was fitted on the model {about['name']} (revision {about['revision'][:12]}), "
                f"not on {encoder.name} ({encoder.revision[:12]})",
                where=str(folder),
                hint="fit again, or name that model in the recipe",
            )
        _check_labels(tables, recipe, folder)
        return {
            labels.predicate: Trained(
                labels,
                tuple(_classifiers(labels, arrays, encoder.revision)),
                tuple(tables[labels.predicate]["functions"]),
                tuple(tables[labels.predicate]["report"]),
                promise=_promise(tables[labels.predicate].get("promise")),
            )
            for labels in recipe.tables
            if labels.predicate in tables
        }
    except (KeyError, TypeError) as error:
        raise DataError(f"the file {CONFIG} is damaged: {error!r}", where=str(folder)) from error


def _promise(found: Mapping[str, Any] | None) -> Promise | None:
    if found is None:
        return None
    from duli.learn.guarantees import Promise

    return Promise(**found)


def push(save: Callable[[Path], None], name: str) -> str:
    """Put what ``save`` writes on the model hub; returns its address.

    Raises:
        InputError: DULI_OFFLINE is not 0, so no other machine is written to; or the hub refuses.
        MissingExtraError: huggingface_hub is not installed.
    """
    if os.environ.get("DULI_OFFLINE") != "0":
        raise InputError("nothing is sent to the hub", hint="set DULI_OFFLINE=0 to allow it")
    hub = need("huggingface_hub", "hf")
    with tempfile.TemporaryDirectory() as made:
        save(Path(made))
        try:
            api = hub.HfApi()
            address = str(api.create_repo(name, exist_ok=True))
            api.upload_folder(repo_id=name, folder_path=made)
        except (OSError, ValueError) as error:
            raise InputError(f"the hub refuses {name!r}: {error}") from error
    return address


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        settle(folder)
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        arrays = load_file(folder / WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise DataError(f"nothing that was fitted is here ({error})", where=str(folder)) from error
    if not isinstance(config, dict) or (config.get("format"), config.get("kind")) != (_FORMAT, _KIND):
        raise DataError(
            f"this is no fitted reasoner of format {_FORMAT}", where=str(folder / CONFIG), hint="see duli fit"
        )
    return config, arrays


def _check_labels(tables: Mapping[str, Any], recipe: Recipe, folder: Path) -> None:
    now = {labels.predicate: labels for labels in recipe.tables}
    for name, table in tables.items():
        if name not in now:
            raise InputError(f"this was fitted for {name}, which the recipe does not fill", where=str(folder))
        labels = now[name]
        was, here = list(table["labels"]), list(labels.names)
        if was != here:
            different = sorted(set(was) ^ set(here))[:3] or ["their order"]
            raise InputError(
                f"this was fitted for other labels of {name}: {', '.join(map(str, different))}",
                where=str(folder),
                hint="fit again",
            )
        if [table[key] for key in ("kind", "none", "exclusive")] != [
            labels.kind,
            labels.none,
            labels.exclusive,
        ]:
            raise InputError(
                f"{name} was fitted as [[{table['kind']}]] with none = {table['none']}, "
                f"exclusive = {table['exclusive']}",
                where=str(folder),
                hint="fit again",
            )


def _classifiers(labels: Labels, arrays: Mapping[str, Any], revision: str) -> Iterator[Classifier | Matcher]:
    each = [described(labels).classes] if labels.exclusive else [(label, NONE) for label in labels.names]
    for number, names in enumerate(each):
        start = f"{labels.predicate}/{number}/"
        own = {key.removeprefix(start): array for key, array in arrays.items() if key.startswith(start)}
        yield Matcher.of_arrays(own) if labels.kind == "match" else Classifier.of_arrays(names, own, revision)


def _copied(recipe: Recipe, folder: Path) -> dict[str, bytes]:
    """The recipe's own files, so that the folder is a recipe, too."""
    if folder.resolve() == recipe.folder.resolve():
        return {}
    found = {"recipe.toml": (recipe.folder / "recipe.toml").read_bytes()}
    beside = [recipe.rules_file, *(table.file for table in recipe.tables if table.file)]
    for name in beside:
        if not (folder / name).resolve().is_relative_to(folder.resolve()):
            raise InputError(
                f"the recipe's file {name} lies outside its folder: it cannot be saved with it",
                where=str(recipe.folder),
                hint="move it into the recipe's folder",
            )
        if (recipe.folder / name).is_file():
            found[name] = (recipe.folder / name).read_bytes()
    return found


def card(config: Mapping[str, Any], recipe: Recipe) -> str:
    """The model card, in Markdown with the head that model hubs read."""
    encoder, run = config["encoder"], config["run"] or {}
    tables = "\n".join(
        f"| `{name}` | {len(table['labels']):,} | {_learned(table['report'])} |"
        for name, table in config["tables"].items()
    )
    versions = ", ".join(f"{name} {number}" for name, number in run.get("versions", {}).items())
    made = (
        f"duli {run['duli']}, seed {run['seed']}; texts and labels have the hash `{run['data']}`; {run['platform']}; "
        f"{versions}; begun {run['started']}."
        if run
        else "From the labels' descriptions alone."
    )
    return (
        f"""---
library_name: duli
license: other
tags: [duli, text-classification]
---

# {recipe.name}

{recipe.description}

The reasoning layer of a duli recipe: what was learned above the frozen model {encoder["name"]} (revision
`{encoder["revision"]}`), whose weights are not here and were not changed.

```python
import duli

reasoner = duli.Reasoner.from_pretrained("this folder")
reasoner.predict(["a text"])
```

| predicate | labels | learned from |
|---|---|---|
{tables}

{made}

{recipe.notice}
""".rstrip()
        + "\n"
    )


def _learned(reports: Sequence[Mapping[str, Any]]) -> str:
    if not reports:
        return "descriptions"
    first = reports[0]
    return f"{first['texts']:,} texts, {first['labelled']:,} of them labelled, {first['functions']} functions"
