"""The model card of an adapter: what it is, how it was made, how it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duli.learn.tracking import Run

if TYPE_CHECKING:
    from duli.learn.tuning import Tuned


def text(made: Tuned, run: Run, base: str) -> str:
    """The card, in Markdown with the head that model hubs read."""
    library = "duli" if run.config["method"] == "bottleneck" else "peft"
    options = "\n".join(f"| {name} | {value} |" for name, value in run.config.items())
    versions = ", ".join(f"{name} {number}" for name, number in run.versions.items())
    return f"""---
base_model: {base}
library_name: {library}
tags: [duli, {run.config["method"]}]
---

# An adapter for {base}

{made.parameters:,} numbers ({made.share:.2%} of the model's). The model itself is not changed: its weights
have the hash `{run.model}`.

```python
from pathlib import Path
from duli import lm

encoder = lm.encoder("hf", Path("{base}"), adapter=Path("{made.folder.name}"))
```

## How it was made

`duli tune` {run.duli}, {made.steps} steps, kept: step {made.best}. Texts and labels have the hash `{run.data}`.

| option | value |
|---|---|
{options}

{_measured(made)}

{run.platform}; {versions}; begun {run.started}.
"""


def _measured(made: Tuned) -> str:
    """Held-out loss and accuracy by step, as a table."""
    rows = [
        f"| {step} | {m['held_out_loss']:.4f} | {m['held_out_accuracy']:.4f} |"
        for step, m in made.history.items()
        if "held_out_loss" in m
    ]
    if not rows:
        return "Nothing was held out: how good it is was not measured."
    return "\n".join(["| step | held-out loss | held-out accuracy |", "|---|---|---|", *rows])
