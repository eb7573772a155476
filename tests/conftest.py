"""No test may speak to another machine, or touch the user's cache."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

_CHECKED = ("connect", "connect_ex", "sendto")


# How long an example takes says more of the machine than of the code.
settings.register_profile("duli", deadline=None)
settings.load_profile("duli")


class NetworkError(RuntimeError):
    """A test tried to reach another machine."""


def refuse_unless_loopback(host: object) -> None:
    """Raise NetworkError for any host that is not this machine."""
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in ("localhost", "", "None"):
        return
    try:
        if ipaddress.ip_address(name).is_loopback:
            return
    except ValueError:
        pass
    raise NetworkError(f"a test tried to reach {name}")


@pytest.fixture(scope="session", autouse=True)
def _only_this_machine() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in _CHECKED:
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)), raising=True)
        real = socket.getaddrinfo

        def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
            refuse_unless_loopback(host)
            return real(host, *rest, **more)

        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


def _guarded(call: Any) -> Any:
    def guarded(self: socket.socket, *rest: Any) -> Any:
        address = rest[-1]
        if self.family != socket.AF_UNIX and isinstance(address, tuple):
            refuse_unless_loopback(address[0])
        return call(self, *rest)

    return guarded


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of the tests of the real thing: the names of the ontology are encoded once."""
    return tmp_path_factory.mktemp("shared-cache")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DULI_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


RULES = """% What ails a plant.
called(S, N) :- sign(S, N).

shows(D, S, F) :- seen(D, S, _, N, M), F is N / M.
shows_left(D, S, F) :- hidden(D, _), seen(D, S, R, N, M), \\+ hidden(D, R), F is N / M.
holds(D, S, F) :- shows(D, S, F), \\+ hidden(D, _).
holds(D, S, F) :- shows_left(D, S, F).

counts(P, D, G) :- there(P, S, Q), holds(D, S, F), G is log(1 + 9 * Q * F).
counts(P, D, G) :- gone(P, S, Q), holds(D, S, F), G is log(1 - 0.9 * Q * F).
evident(D, sum<G>) :- counts(P, D, G).
score(D, S) :- plant_disease(D, _), evident(D, S).
score(D, 0.0) :- plant_disease(D, _), \\+ evident(D, _).
total(logsumexp<S>) :- score(D, S).
posterior(D, P) :- score(D, S), total(Z), P is exp(S - Z).
above(S, S) :- sign(S, _).
current(S, S) :- sign(S, _).
P::ails(D) :- posterior(D, P).
query(ails(D)).
"""

RECIPE = """[recipe]
name = "plants"
description = "What ails a plant"
notice = "Ask a gardener."
[model]
encoder = "fake"
[link]
names = "called"
present = "there"
absent = "gone"
[answer]
predicate = "ails"
labels = ["plant_disease", "sign"]
counts = "counts"
path = "is_a"
stated = ["current"]
inputs = { hidden = 2 }
[evaluate]
annotation = "seen"
hidden = "hidden"
above = "above"
shows = "shows"
left = "shows_left"
current = "current"
[[knowledge]]
format = "tsv"
path = "signs.tsv"
relation = "sign"
columns = [{ name = "id" }, { name = "name" }]
[[knowledge]]
format = "csv"
path = "diseases.csv"
relation = "plant_disease"
columns = [{ name = "id" }, { name = "name" }]
[[knowledge]]
format = "jsonl"
path = "seen.jsonl"
relation = "seen"
reference = "by"
columns = [{ name = "disease" }, { name = "sign" }, { name = "by" }, { name = "often", type = "fraction" }]
"""

SIGNS = "id\tname\ns1\tyellow leaves\ns2\tbrown spots\ns3\twilting\ns4\t叶子发黄\n"
DISEASES = 'id,name\nD:1,Leaf rust\nD:2,"Root rot, late"\nD:3,缺铁\n'
SEEN = """{"disease": "D:1", "sign": "s2", "by": "PMID:1", "often": "9/10"}
{"disease": "D:1", "sign": "s1", "by": "PMID:2", "often": "2/10"}
{"disease": "D:2", "sign": "s3", "by": "PMID:2", "often": "90%"}
{"disease": "D:3", "sign": "s4", "by": "PMID:3", "often": "8/10"}
{"disease": "D:3", "sign": "s1", "by": "PMID:3", "often": "8/10"}
"""


@pytest.fixture
def plants(tmp_path: Path) -> Path:
    """The folder of a small recipe in two languages, without a model."""
    folder = tmp_path / "plants"
    folder.mkdir()
    texts = {
        "recipe.toml": RECIPE,
        "rules.dl": RULES,
        "signs.tsv": SIGNS,
        "diseases.csv": DISEASES,
        "seen.jsonl": SEEN,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


TOPICS = """[recipe]
name = "topics"
description = "What a text is about"
[model]
encoder = "fake"
[[classify]]
predicate = "topic"
none = "something else entirely"
votes = "vote"
[classify.labels]
sport = ["football match, players and goals", "a team won the championship"]
trade = "shares and profits of companies"
'天气' = ["今天下雨，气温下降"]
[[classify]]
predicate = "mood"
exclusive = false
none = "a plain statement"
labels = { glad = "we are happy and delighted", angry = "we are furious and angry" }
[answer]
predicate = "about"
"""

TOPIC_RULES = """about(Doc, Topic) :- topic(Doc, Topic).
loud(Doc, Topic) :- topic(Doc, Topic), mood(Doc, angry).
vote(goal, Doc, sport) :- word(Doc, goal).
vote(rain, Doc, '天气') :- word(Doc, '下雨').
query(about(Doc, Topic)).
"""


@pytest.fixture
def topics(tmp_path: Path) -> Path:
    """The folder of a small recipe that tells topics apart, without a model."""
    folder = tmp_path / "topics"
    folder.mkdir()
    (folder / "recipe.toml").write_text(TOPICS, "utf-8")
    (folder / "rules.dl").write_text(TOPIC_RULES, "utf-8")
    return folder
