"""Recommending: where what each user took next comes in a full ranking, beside popularity, item-kNN, EASE, ALS, BPR."""

from __future__ import annotations

import html
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from duli import lm
from duli.errors import DataError
from duli.evaluate import metrics, plots
from duli.evaluate.rivals import Scorer, left_out, rivals
from duli.files import Progress, silent
from duli.recommend import learn, log, sources
from duli.recommend.choose import choose
from duli.recommend.items import Items
from duli.recommend.log import Log
from duli.recommend.model import Model
from duli.recommend.recommender import Recommender
from duli.types import Codes, Floats

CUT = 10
COLD = 0.2
"""The share of items that nobody has taken yet, in the part about new items."""

OURS = "duli"
_TIMED = 100


def read(path: Path) -> Sequence[Path]:
    """The one case: a folder with items.* and taken.* or train.*; what is asked for may stand in last.* or test.*."""
    return (path,)


def run(
    application: Recommender, cases: Sequence[Path], *, seed: int = 0, progress: Progress = silent
) -> dict[str, Any]:
    """Hold out what each user took last, learn from the rest, and rank all items that the user has not taken.

    Where the folder has a file ``last.*``, that is what is asked for, and all of the histories are learned from. The
    settings of what duli is compared with are the best on the last thing of each user in what is learned from.

    Raises:
        DataError: the folder has no such files, or nobody is asked about.
    """
    items, whole = sources.read(cases[0], application.table)
    past, asked = _split(cases[0], items, whole)
    encoder = application.reasoner.encoder
    vectors = lm.encode(encoder, items.texts, progress=progress).vectors
    begun = time.perf_counter()
    model = learn.fit(items, vectors, past, seed=seed, progress=progress)
    fitted = time.perf_counter() - begun
    users = np.flatnonzero(asked >= 0)
    if not len(users):
        raise DataError("nobody took two things, so that nothing can be asked", where=str(cases[0]))
    begun = time.perf_counter()
    ranks = {OURS: _ranks(_rows(model, past, users), past, users, asked)}
    each = (time.perf_counter() - begun) / len(users)
    chosen = {}
    for name, settings in rivals(len(items), seed=seed).items():
        said, scorer = _best(settings, past, progress, name)
        chosen[name] = said
        ranks[name] = _ranks(iter(scorer(past)[users]), past, users, asked)
    figures = {name: _figures(found) for name, found in ranks.items()}
    return {
        "n": len(users),
        "items": len(items),
        "learned_from": len(past.items),
        "metrics": figures[OURS],
        "baselines": {name: figures[name] | {"setting": chosen[name]} for name in chosen},
        "ahead": {name: _ahead(ranks[OURS], ranks[name]) for name in chosen},
        "weights": dict(zip(model.signals, np.round(model.weights, 3).tolist(), strict=True)),
        "new_items": _new_items(items, vectors, past, seed, progress),
        "diversity": _diversity(model, past, users, asked, application.table.diversity),
        "seconds_to_fit": round(fitted, 2),
        "milliseconds_a_user": round(1000 * each, 3),
        "milliseconds_an_answer": _answers(Recommender(application.reasoner, items, past, model), users),
        "left_out": left_out(len(items)),
        "encoder": {"name": encoder.name, "revision": encoder.revision},
        "seed": seed,
    }


def lines(figures: Mapping[str, Any]) -> Iterator[str]:
    """The figures for people."""
    yield f"{figures['n']:,} users, {figures['items']:,} items, learned from {figures['learned_from']:,} rows"
    yield f"{'':24} NDCG@{CUT}                Hit@{CUT}"
    for name, found in {OURS: figures["metrics"], **figures["baselines"]}.items():
        yield f"{name:24} {_two(found)}   {found.get('setting', '')}".rstrip()
    if figures["left_out"]:
        yield figures["left_out"]
    for name, found in figures["ahead"].items():
        yield f"ahead of {name:15} {metrics.shown(found)} NDCG@{CUT}, in pairs"
    new = figures["new_items"]
    yield f"new items: {new['items']} that nobody took, {new['n']} users, ranked among them"
    for name, found in new["ways"].items():
        yield f"{name:24} {_two(found)}"
    varied = figures["diversity"]
    yield (
        f"diversity {varied['weight']}: mean cosine of a list "
        f"{varied['cosine_without']:.3f} -> {varied['cosine']:.3f}, "
        f"NDCG@{CUT} {varied['ndcg_without']:.3f} -> {varied['ndcg']:.3f}"
    )
    yield (
        f"fitted in {figures['seconds_to_fit']} s; {figures['milliseconds_a_user']} ms to rank for a user, "
        f"{figures['milliseconds_an_answer']} ms for an answer with rules and reasons"
    )


def to_html(figures: Mapping[str, Any], title: str) -> str:
    """The figures as a page."""
    rows = "\n".join(html.escape(line) for line in lines(figures))
    return plots.page(title, f"<h1>{html.escape(title)}</h1>", f"<pre>{rows}</pre>")


def _split(folder: Path, items: Items, whole: Log) -> tuple[Log, Codes]:
    """What is learned from, and the item that is asked for of each of its users [u], -1 for none."""
    path = sources.find(folder, *sources.LAST)
    asked = np.full(len(whole), -1)
    if path is None:
        last = whole.last
        asked[whole.owner[last]] = whole.items[last]
        return whole.keep(~last), asked
    wanted = log.read(path, items.by_name)
    for number, name in enumerate(wanted.users):
        user = whole.find(name)
        if user is not None:
            asked[user] = wanted.of(number).items[-1]
    return whole, asked


def _rows(model: Model, past: Log, users: Codes) -> Iterator[Floats]:
    """Scores of all items for each user; of what is not judged -inf."""
    for user in users.tolist():
        history = past.of(user)
        rows = model.candidates(history)
        scores = np.full(len(model), -np.inf)
        scores[rows] = model.scores(history, rows)
        yield scores


def _ranks(rows: Iterator[Floats], past: Log, users: Codes, asked: Codes) -> Floats:
    """The rank of what is asked for, among all that a user has not taken [u]."""
    found = np.empty(len(users))
    for place, (user, scores) in enumerate(zip(users.tolist(), rows, strict=True)):
        open_ = scores.copy()
        open_[past.of(user).items] = -np.inf
        found[place] = metrics.rank(open_, int(asked[user]))
    return found


def _best(
    settings: Sequence[tuple[str, Scorer]], past: Log, progress: Progress, name: str
) -> tuple[str, Scorer]:
    """The setting with the best NDCG on the last thing of each user in what is learned from."""
    if len(settings) == 1:
        return settings[0]
    last = past.last
    before, asked = past.keep(~last), np.full(len(past), -1)
    asked[past.owner[last]] = past.items[last]
    users = np.flatnonzero(asked >= 0)
    found = []
    for number, (_, scorer) in enumerate(settings):
        found.append(_ndcg(_ranks(iter(scorer(before)[users]), before, users, asked)).mean())
        progress(f"settings of {name}", number + 1, len(settings))
    return settings[int(np.argmax(found))]


def _ndcg(ranks: Floats) -> Floats:
    """1 / log2(1 + rank), 0 beyond ``CUT``: NDCG where one item is right (Järvelin and Kekäläinen 2002)."""
    return np.where(ranks <= CUT, 1 / np.log2(1 + ranks), 0.0)


def _figures(ranks: Floats) -> dict[str, list[float]]:
    return {
        f"ndcg_{CUT}": metrics.mean(_ndcg(ranks)).to_list(),
        f"hit_{CUT}": metrics.mean((ranks <= CUT).astype(np.float64)).to_list(),
    }


def _ahead(ours: Floats, theirs: Floats) -> list[float]:
    return metrics.mean(_ndcg(ours) - _ndcg(theirs)).to_list()


def _new_items(items: Items, vectors: lm.Vectors, past: Log, seed: int, progress: Progress) -> dict[str, Any]:
    """Items drawn at random and taken out of all histories, so that nobody took them: for each user the last of them,
    ranked among them by text alone, beside the mean of the texts of what was taken, and chance.
    """
    count = len(items)
    new = np.sort(np.random.default_rng(seed).permutation(count)[: round(COLD * count)])
    is_new = np.isin(past.items, new)
    rest = past.keep(~is_new)
    asked = np.full(len(past), -1)
    asked[past.owner[is_new]] = past.items[is_new]
    users = np.array([u for u in np.flatnonzero(asked >= 0).tolist() if len(rest.of(u))], np.int64)
    ways: dict[str, Any] = {}
    if len(users):
        model = learn.fit(items, vectors, rest, seed=seed, progress=progress)

        def ours() -> Iterator[Floats]:
            return (model.scores(rest.of(user), new) for user in users.tolist())

        def plain() -> Iterator[Floats]:
            return (
                model.centred[new] @ model.centred[rest.of(user).items].mean(0) for user in users.tolist()
            )

        at = np.searchsorted(new, asked[users])
        for name, made in ((OURS, ours()), ("mean of texts", plain())):
            ranks = np.array([metrics.rank(s, int(i)) for s, i in zip(made, at, strict=True)])
            ways[name] = _figures(ranks)
        hit = min(CUT, len(new)) / max(len(new), 1)
        gain = float(_ndcg(np.arange(1.0, len(new) + 1)).sum()) / max(len(new), 1)
        ways["chance"] = {f"ndcg_{CUT}": [round(gain, 4)] * 3, f"hit_{CUT}": [round(hit, 4)] * 3}
    return {"items": len(new), "n": len(users), "ways": ways}


def _diversity(model: Model, past: Log, users: Codes, asked: Codes, weight: float) -> dict[str, float]:
    """How alike the items of a list are, and how good the list is, without and with the choice of items that differ."""
    alike: dict[bool, list[float]] = {False: [], True: []}
    gains: dict[bool, list[float]] = {False: [], True: []}
    for user in users.tolist():
        history = past.of(user)
        rows = model.candidates(history)
        p = model.probabilities(history, rows)
        best = np.argsort(-p, kind="stable")[:200]
        for varied in (False, True):
            shown = best[choose(p[best], model.centred[rows[best]], CUT, diversity=weight if varied else 0.0)]
            vectors = model.centred[rows[shown]]
            n = len(shown)
            alike[varied].append(float((vectors @ vectors.T).sum() - n) / max(n * (n - 1), 1))
            place = np.flatnonzero(rows[shown] == asked[user])
            gains[varied].append(float(1 / np.log2(place[0] + 2)) if len(place) else 0.0)
    return {
        "weight": weight,
        "cosine_without": round(float(np.mean(alike[False])), 4),
        "cosine": round(float(np.mean(alike[True])), 4),
        "ndcg_without": round(float(np.mean(gains[False])), 4),
        "ndcg": round(float(np.mean(gains[True])), 4),
    }


def _answers(application: Recommender, users: Codes) -> float:
    """The median of milliseconds that an answer takes."""
    found = []
    for user in users[:_TIMED].tolist():
        begun = time.perf_counter()
        application.answer(application.log.of(user), application.log.users[user])
        found.append(time.perf_counter() - begun)
    return round(1000 * float(np.median(found)), 2)


def _two(found: Mapping[str, Any]) -> str:
    return f"{metrics.shown(found[f'ndcg_{CUT}'])}  {metrics.shown(found[f'hit_{CUT}'])}"
