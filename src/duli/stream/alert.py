"""An alert: what surges, by which texts, who else is exposed, and the proof."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from duli.explain import to_dict
from duli.files import content_key
from duli.stream.alarms import Alarm
from duli.stream.ledger import Ledger
from duli.stream.reading import Reader

MOST_TEXTS = 5
MOST_EXPOSED = 10


def make(alarm: Alarm, reader: Reader, ledger: Ledger) -> dict[str, Any]:
    """The alert of an alarm, as JSON.

    The texts that speak most for it are read again, so that each has its proof by the knowledge of this moment.

    Args:
        alarm: what is due.
        reader: reads.
        ledger: where the texts are.
    """
    watch, labels = reader.watch, reader.companies
    label = labels.get(alarm.company, alarm.company)
    rows = ledger.bad_texts(alarm.company, alarm.since, MOST_TEXTS)
    batch = reader.read([said for said, *_ in rows]) if rows else None
    exposed: dict[str, float] = {}
    texts = []
    for number, (said, source, key, when, bad) in enumerate(rows):
        assert batch is not None  # noqa: S101
        risks = batch.readings[number].risks
        for company, p in risks.items():
            exposed[company] = max(p, exposed.get(company, 0.0))
        texts.append(
            {
                "text": said,
                "source": source,
                "id": key,
                "time": moment(when),
                "probability": bad,
                "risk": risks.get(alarm.company, 0.0),
                "proof": to_dict(batch.proof(number, alarm.company)) if alarm.company in risks else None,
            }
        )
    exposed.pop(alarm.company, None)
    found = sorted(exposed.items(), key=lambda item: -item[1])[:MOST_EXPOSED]
    title = f"{label}: {alarm.bad} bad texts since {moment(alarm.since)}, {alarm.usual:.1f} are usual"
    return {
        "id": content_key("alert", alarm.company, repr(alarm.since), str(alarm.window)),
        "title": title,
        "text": "\n".join([title, *(f"- {t['text']} ({t['source']}, {t['time']})" for t in texts)]),
        "company": alarm.company,
        "label": label,
        "since": moment(alarm.since),
        "until": moment((alarm.window + 1) * watch.window),
        "bad": alarm.bad,
        "others": alarm.others,
        "usual": round(alarm.usual, 3),
        "evidence": round(alarm.evidence, 1),
        "threshold": round(alarm.threshold, 1),
        "false_alarms_per_day": watch.false_alarms,
        "texts": texts,
        "exposed": [{"company": c, "label": labels.get(c, c), "probability": p} for c, p in found],
        **_by(reader),
    }


def moment(time: float) -> str:
    """A time as ISO 8601 in UTC.

    >>> moment(0)
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(time, timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def _by(reader: Reader) -> Mapping[str, Any]:
    reasoner = reader.reasoner
    return {
        "model": {"encoder": reasoner.encoder.name, "revision": reasoner.encoder.revision},
        "knowledge": {"key": reasoner.knowledge.key, "facts": reasoner.knowledge.rows},
    }
