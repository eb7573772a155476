"""How probable a frozen model finds label words: what every label scorer has in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from duli.errors import InputError, ModelError
from duli.files import Progress, silent
from duli.lm.features import each_once
from duli.lm.protocol import Vectors


class LabelScorer(Protocol):
    """A frozen model that reads prompts. Checks and duplicates are above it: ``lm.score``."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def revision(self) -> str:
        """A hash of all that its answers depend on."""
        ...

    def log_probabilities(
        self, prompts: Sequence[str], labels: Sequence[str], progress: Progress = silent
    ) -> Vectors:
        """log p(label | prompt), natural, summed over the label's tokens: [n, K], float32."""
        ...


def score(
    scorer: LabelScorer, prompts: Sequence[str], labels: Sequence[str], *, progress: Progress = silent
) -> Vectors:
    """How probable each label is after each prompt; a prompt that stands more than once is read once.

    A causal model continues the prompt (where it has a chat template: answers it) by the label. A masked model
    fills the prompt's mask token, or one at its end. A label is taken as it is written: many tokenizers tell
    ``" yes"`` from ``"yes"``.

    Args:
        scorer: the frozen model.
        prompts: n texts.
        labels: K texts, none empty, no two the same.
        progress: told ``("scoring labels", done, total)``, in distinct prompts.

    Returns:
        log p(label | prompt) [n, K], at most 0. They are not normalised over the labels: a softmax of a row does.

    Raises:
        InputError: labels or prompts that are none.
        ModelError: the model cannot say, or its answer breaks its promise.
    """
    if isinstance(prompts, str) or isinstance(labels, str):
        raise InputError("one text was given where a list of texts belongs", hint="write [text]")
    if not labels or not all(labels) or len(set(labels)) < len(labels):
        raise InputError("labels are one or more different texts, none of them empty")
    found = each_once(prompts, lambda distinct: scorer.log_probabilities(distinct, labels, progress))
    # Rounding may lift a certain label a little above 0.
    if found.shape != (len(prompts), len(labels)) or not np.all(found <= 1e-4):
        raise ModelError(f"the label scorer {scorer.name!r} gave what are no log-probabilities")
    return np.minimum(found, 0)
