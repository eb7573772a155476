"""What simple readings of the same knowledge reach: overlap of findings, and information content."""

from __future__ import annotations

import numpy as np

from duli.evaluate.metrics import rank
from duli.evaluate.phenopackets import Case
from duli.logic.values import decode_column
from duli.types import Codes, Floats, Vocabulary


class Baselines:
    """Ranks diseases by two similarities between sets of findings, each with all more general findings.

    ``overlap``: shared findings over all findings (Jaccard). ``information``: for each finding of the patient the
    largest information content of what it shares with the disease, summed (Resnik 1995; Köhler et al. 2009). A disease
    is ranked among the entries of its own catalogue.

    Args:
        above: rows (finding, more general finding), each finding above itself [n, 2].
        shows: rows (disease, finding), more general ones included [m, 2].
        current: rows (old identifier, identifier) [k, 2].
        vocabulary: of all of them.
    """

    def __init__(self, above: Codes, shows: Codes, current: Codes, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.current = dict(current.tolist())
        order = np.argsort(above[:, 0], kind="stable")
        self.lower, self.upper = above[order, 0], above[order, 1]
        self.diseases, self.disease = np.unique(shows[:, 0], return_inverse=True)
        self.finding = shows[:, 1]
        texts = decode_column(self.diseases, vocabulary)
        self.catalogue = np.array([str(text).partition(":")[0] for text in texts])
        self.size = int(max(above.max(), shows.max())) + 1

    def ranks(self, case: Case, left: Codes | None) -> dict[str, float]:
        """The rank of a case's disease; ``left`` are the disease's own rows when some of them are hidden."""
        prefix, _, _ = case.gold.partition(":")
        gold = int(np.searchsorted(self.diseases, self.vocabulary.find(case.gold) or 0))
        disease, finding = self.disease, self.finding
        if left is not None:
            others = disease != gold
            disease = np.concatenate([disease[others], np.full(len(left), gold)])
            finding = np.concatenate([finding[others], left[:, 1]])
        terms = [self.current.get(self.vocabulary.find(entity) or -1) for entity, _ in case.present]
        sets = [self._upward(term) for term in terms if term is not None]
        among = np.flatnonzero(self.catalogue == prefix)
        at = int(np.flatnonzero(among == gold)[0])
        return {
            name: rank(scores[among], at)
            for name, scores in (
                ("overlap", self._overlap(sets, disease, finding)),
                ("information", self._information(sets, disease, finding)),
            )
        }

    def _upward(self, term: int) -> Codes:
        start, end = np.searchsorted(self.lower, [term, term + 1])
        more_general: Codes = self.upper[start:end]
        return more_general

    def _overlap(self, sets: list[Codes], disease: Codes, finding: Codes) -> Floats:
        patient = np.zeros(self.size, bool)
        for one in sets:
            patient[one] = True
        n = len(self.diseases)
        shared = np.bincount(disease, patient[finding], n)
        union = np.bincount(disease, minlength=n) + patient.sum() - shared
        overlap: Floats = shared / np.maximum(union, 1)
        return overlap

    def _information(self, sets: list[Codes], disease: Codes, finding: Codes) -> Floats:
        n = len(self.diseases)
        content = -np.log(np.maximum(np.bincount(finding, minlength=self.size), 1) / n)
        total = np.zeros(n)
        for one in sets:
            shared = np.zeros(self.size, bool)
            shared[one] = True
            rows = np.flatnonzero(shared[finding])
            best = np.zeros(n)
            np.maximum.at(best, disease[rows], content[finding[rows]])
            total += best
        return total
