"""Patients as phenopackets tell them: findings present and absent, and the disease that was diagnosed.

One JSON object a line, plain or compressed by gzip: ``id`` (which holds the PubMed number of the paper), ``observed``
and ``excluded`` (lists of ``{"id", "label"}``), ``disease``, ``disease_label``. See Jacobsen et al. 2022.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duli.errors import DataError, InputError, Place
from duli.kb.table import lines

_PAPER = re.compile(r"PMID[_:](\d+)")

Finding = tuple[str, str]


@dataclass(frozen=True)
class Case:
    """A patient.

    Args:
        id: of the phenopacket.
        present: findings (entity, label) that were observed.
        absent: findings that were looked for and not there.
        gold: the disease.
        paper: what the patient was published in, as annotations cite it; empty when the id does not say.
    """

    id: str
    present: tuple[Finding, ...]
    absent: tuple[Finding, ...]
    gold: str
    paper: str

    @property
    def text(self) -> str:
        """The findings' labels as a clinician might list them."""
        there = "; ".join(label for _, label in self.present)
        return "; ".join([there, *(f"no {label}" for _, label in self.absent)]).strip("; ")


def read(path: Path) -> tuple[Case, ...]:
    """The patients of a file, or of all ``.jsonl`` and ``.jsonl.gz`` files of a folder.

    Raises:
        InputError: nothing is there.
        DataError: with file and line, where one is not a phenopacket of this form.
    """
    files = sorted(path.glob("*.jsonl*")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise InputError("there are no cases", where=str(path), hint="give a .jsonl or .jsonl.gz file")
    return tuple(
        _case(line, Place(str(file), number))
        for file in files
        for number, line in enumerate(lines(file), 1)
        if line.strip()
    )


def _case(line: str, place: Place) -> Case:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise DataError(f"this is not JSON: {error}", where=place) from error
    try:
        paper = _PAPER.search(row["id"])
        return Case(
            row["id"],
            _findings(row["observed"]),
            _findings(row["excluded"]),
            row["disease"],
            f"PMID:{paper.group(1)}" if paper else "",
        )
    except (KeyError, TypeError) as error:
        hint = "a case has id, observed, excluded and disease"
        raise DataError(f"this is not a case: {error!r}", where=place, hint=hint) from error


def _findings(rows: list[dict[str, Any]]) -> tuple[Finding, ...]:
    return tuple((row["id"], row["label"]) for row in rows)
