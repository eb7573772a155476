"""Patients through a reasoner: where the diagnosed disease comes, and how sure the first answer is."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duli import files
from duli.errors import InputError
from duli.evaluate.baselines import Baselines
from duli.evaluate.metrics import rank
from duli.evaluate.phenopackets import Case
from duli.files import Progress, silent
from duli.logic import Result
from duli.logic.values import decode_column
from duli.reason import Reasoner
from duli.types import Codes, Mention, Span

MODES = ("ids", "text")
"""Findings by their identifiers; findings by their labels, as free text."""
WAYS = ("all", "left", "clean")
"""All annotations; the patient's own paper left out of the disease; patients whose paper is no source."""


@dataclass(frozen=True)
class Outcome:
    """One case in one mode and one way.

    Args:
        case: its id.
        mode: of ``MODES``.
        hidden: whether the patient's own paper was left out.
        clean: whether that paper is no source of the disease's annotations.
        rank: of the disease, from 1, among the entries of its catalogue; equals share the middle rank.
        rank_of_all: the same among all entries.
        probability: of the first answer of the catalogue.
        seconds: from the findings to all posterior probabilities.
        baselines: the rank by each baseline; only for findings by identifiers.
    """

    case: str
    mode: str
    hidden: bool
    clean: bool
    rank: float
    rank_of_all: float
    probability: float
    seconds: float
    baselines: Mapping[str, float]


class Ranking:
    """Evaluates a reasoner whose recipe says, in ``[evaluate]``, which predicates hold annotations and hide them.

    Args:
        reasoner: with ``annotation`` (answer, entity, reference, …) and ``hidden`` (answer, reference) named.
        cases: patients; those whose disease nothing is known of are left aside.

    Raises:
        InputError: the recipe cannot be evaluated on cases, or none of them is known.
    """

    def __init__(self, reasoner: Reasoner, cases: Sequence[Case]) -> None:
        self.reasoner = reasoner
        self.names = reasoner.recipe.evaluate
        if not self.names:
            raise InputError(
                f"the recipe {reasoner.recipe.name} says nothing of evaluation",
                hint='write [evaluate] with annotation = "…" and hidden = "…" in its recipe.toml',
            )
        self.cases = tuple(case for case in cases if case.gold in self._references)
        self._members: dict[str, Codes] = {}
        self.unknown = len(cases) - len(self.cases)
        if not self.cases:
            raise InputError("nothing is known of any of these cases' diseases")

    def clean(self, case: Case) -> bool:
        """Whether a patient's paper is no source of what is known of the disease."""
        return case.paper not in self._references[case.gold]

    def run(
        self,
        modes: Iterable[str] = MODES,
        *,
        leave_out: bool = True,
        kept: Path | None = None,
        progress: Progress = silent,
    ) -> list[Outcome]:
        """Ask about every case.

        Args:
            modes: of ``MODES``.
            leave_out: ask again with the own paper left out.
            kept: a file to which each outcome is added at once, and from which a run that was stopped goes on.
            progress: told how many are done.
        """
        wanted = [(c, m, h) for m in modes for h in (False, True)[: 1 + leave_out] for c in self.cases]
        done = self._kept(kept)
        found = []
        for number, (case, mode, hidden) in enumerate(wanted):
            outcome = done.get((case.id, mode, hidden))
            if outcome is None:
                outcome = self.outcome(case, mode, hidden)
                if kept is not None:
                    with kept.open("a", encoding="utf-8") as file:
                        file.write(json.dumps({"key": self.key, **asdict(outcome)}) + "\n")
            found.append(outcome)
            progress("asking about cases", number + 1, len(wanted))
        return found

    def outcome(self, case: Case, mode: str, hidden: bool) -> Outcome:
        """Ask about one case; an own paper that is no source has nothing to leave out, and is not left out."""
        left = hidden and not self.clean(case)
        begun = time.perf_counter()
        mentions = by_ids(case) if mode == "ids" else self.reasoner.read(case.text)
        facts = {self.names["hidden"]: [(case.gold, case.paper)]} if left else {}
        result = self.reasoner.run({**self.reasoner.facts(mentions), **facts})
        asked = self.reasoner.recipe.answer.predicate
        p, entries = result.probability(asked), result.codes(asked)[:, 0]
        seconds = time.perf_counter() - begun
        gold = result.vocabulary.find(case.gold)
        same = self._catalogue(entries, case.gold.partition(":")[0])
        at = int(np.flatnonzero(entries[same] == gold)[0])
        return Outcome(
            case=case.id,
            mode=mode,
            hidden=hidden,
            clean=self.clean(case),
            rank=rank(p[same], at),
            rank_of_all=rank(p, int(np.flatnonzero(entries == gold)[0])),
            probability=float(p[same].max() / p[same].sum()),
            seconds=seconds,
            baselines=self._baselines(case, result, left) if mode == "ids" else {},
        )

    @cached_property
    def key(self) -> str:
        """What the outcomes depend on: rules, knowledge, encoder."""
        known, encoder = self.reasoner.knowledge, self.reasoner.encoder
        return files.content_key("2", known.key, self.reasoner.recipe.rules, encoder.revision)

    def _kept(self, path: Path | None) -> dict[tuple[str, str, bool], Outcome]:
        """Outcomes of an earlier run of the same; a line cut by a crash is asked again."""
        found = {}
        if path is not None and path.is_file():
            for line in path.read_text("utf-8").splitlines():
                try:
                    row = json.loads(line)
                    if row.pop("key") == self.key:
                        found[row["case"], row["mode"], row["hidden"]] = Outcome(**row)
                except (ValueError, KeyError, TypeError):
                    continue
        return found

    @cached_property
    def _references(self) -> Mapping[str, set[str]]:
        """What is cited for each answer."""
        known = self.reasoner.knowledge
        columns = known.relations[self.names["annotation"]].columns
        answers, cited = (decode_column(np.asarray(columns[i]), known.vocabulary) for i in (0, 2))
        found: dict[str, set[str]] = defaultdict(set)
        for answer, reference in set(zip(answers, cited, strict=True)):
            found[str(answer)].update(str(reference).split(";"))
        return found

    def _catalogue(self, entries: Codes, prefix: str) -> NDArray[np.bool_]:
        """Which entries [n] are of the catalogue with this prefix."""
        members = self._members.get(prefix)
        if members is None:
            texts = decode_column(entries, self.reasoner.prepared.vocabulary)
            members = np.sort(entries[[str(text).startswith(f"{prefix}:") for text in texts]])
            self._members[prefix] = members
        return np.isin(entries, members)

    def _baselines(self, case: Case, result: Result, left: bool) -> dict[str, float]:
        if "shows" not in self.names:
            return {}
        return self._simple.ranks(case, result.codes(self.names["left"]) if left else None)

    @cached_property
    def _simple(self) -> Baselines:
        result = self.reasoner.run({})
        above, shows, same = (result.codes(self.names[name]) for name in ("above", "shows", "current"))
        return Baselines(above, shows[:, :2], same, result.vocabulary)


def by_ids(case: Case) -> tuple[Mention, ...]:
    """A case's findings as certain mentions."""
    return tuple(
        Mention(Span(0, len(label), label), negated, ((entity, label, 1.0),), 0.0)
        for negated, findings in ((False, case.present), (True, case.absent))
        for entity, label in findings
    )
