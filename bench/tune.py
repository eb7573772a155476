"""What an adapter changes: the packaged encoder, few labels or none, held-out accuracy of a logistic head.

python -m bench.tune TEXTS.jsonl[.gz] [--per-class 8] [--objective contrast] [--method lora] [--steps 100]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from duli import lm
from duli.evaluate.examples import read
from duli.learn import Tuning, tune
from duli.lm.weights import MINILM, locate

CONFIG = {
    "architectures": ["BertModel"],
    "model_type": "bert",
    "hidden_size": 384,
    "intermediate_size": 1536,
    "num_attention_heads": 12,
    "num_hidden_layers": 6,
    "max_position_embeddings": 512,
    "vocab_size": 30522,
}
TOKENIZER = {"tokenizer_class": "BertTokenizerFast", "do_lower_case": True, "model_max_length": 512}


def model_folder(place: Path) -> Path:
    """The packaged checkpoint in the Hugging Face format: the package lacks the two small files."""
    found = locate(MINILM)
    for name in MINILM.files:
        (place / name).symlink_to(found / name)
    (place / "config.json").write_text(json.dumps(CONFIG))
    (place / "tokenizer_config.json").write_text(json.dumps(TOKENIZER))
    return place


def accuracy(encoder: lm.Encoder, texts: list[str], labels: list[str], train: Any, test: Any) -> float:
    vectors = np.asarray(lm.encode(encoder, texts).vectors)
    names = np.array(labels)
    head = LogisticRegression(C=30.0, max_iter=2000).fit(vectors[train], names[train])
    return float(head.score(vectors[test], names[test]))


def by_names(encoder: lm.Encoder, texts: list[str], labels: list[str], test: Any) -> float:
    names = sorted(set(labels))
    vectors = np.asarray(lm.encode(encoder, texts).vectors)[test]
    best = (vectors @ lm.encode(encoder, [n.replace("_", " ") for n in names]).vectors.T).argmax(1)
    return float(np.mean(np.array(names)[best] == np.array(labels)[test]))


def measure(path: Path, per_class: int, tested: int, options: Tuning) -> dict[str, Any]:
    given = read(path)
    texts, labels = given.plain, given.labels or []
    order = np.random.default_rng(options.seed).permutation(len(texts))
    taken: dict[str, list[int]] = {}
    for row in order:
        rows = taken.setdefault(labels[row], [])
        if len(rows) < per_class:
            rows.append(int(row))
    train = np.array(sorted(row for rows in taken.values() for row in rows))
    test = np.setdiff1d(order, train)
    test = np.random.default_rng(1).permutation(test)[:tested]
    rows = [*train, *test]
    texts, labels = [texts[r] for r in rows], [labels[r] for r in rows]
    train, test = np.arange(len(train)), np.arange(len(train), len(rows))
    learned = texts[: len(train)] if options.labelled else texts
    with tempfile.TemporaryDirectory() as place:
        base = model_folder(Path(place))
        before = lm.encoder("hf", base)
        out = Path(place) / "adapter"
        made = tune(base, learned, labels[: len(train)], out=out, options=options, progress=_said)
        after = lm.encoder("hf", base, adapter=out)
        return {
            "labels": len(taken),
            "texts learned from": len(learned),
            "tested": len(test),
            "seconds": made.seconds,
            "numbers": made.parameters,
            "share": round(made.share, 4),
            "kept": made.best,
            "held out": {s: {k: round(v, 4) for k, v in m.items()} for s, m in made.history.items()},
            "logistic head, before and after": [
                round(accuracy(e, texts, labels, train, test), 4) for e in (before, after)
            ],
            "nearest label name, before and after": [
                round(by_names(e, texts, labels, test), 4) for e in (before, after)
            ],
        }


def _said(what: str, done: int, total: int) -> None:
    if done % 20 == 0:
        print(what, done, total, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="?", help="texts with labels; without, nothing is measured")
    parser.add_argument("--per-class", type=int, default=8)
    parser.add_argument("--tested", type=int, default=1000)
    fields = {
        "objective": str,
        "method": str,
        "steps": int,
        "rank": int,
        "learning_rate": float,
        "seed": int,
        "held_out": float,
        "tokens": int,
    }
    for name, kind in fields.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=getattr(Tuning(), name))
    found = parser.parse_args()
    if found.texts is None:
        parser.print_usage()
        return
    options = replace(Tuning(longest=64), **{name: getattr(found, name) for name in fields})
    print(json.dumps(measure(found.texts, found.per_class, found.tested, options), indent=1))


if __name__ == "__main__":
    main()
