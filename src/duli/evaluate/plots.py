"""Plots and the frame of a page: no script, nothing from elsewhere."""

from __future__ import annotations

import html
from collections.abc import Sequence


def page(title: str, head: str, body: str) -> str:
    """A page of HTML; ``title`` is text, ``head`` and ``body`` are HTML."""
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style><h1>{head}</h1>{body}</html>"
    )


def both(words: tuple[str, str]) -> str:
    """English and Chinese words beside one another."""
    return f"{html.escape(words[0])} <span lang='zh'>{html.escape(words[1])}</span>"


def frame(inside: str) -> str:
    """A square from 0 to 1 on both axes."""
    ticks = "".join(
        f"<text x='{30 + 200 * t:.0f}' y='226'>{t}</text><text x='2' y='{214 - 200 * t:.0f}'>{t}</text>"
        for t in (0, 0.5, 1)
    )
    return (
        "<svg viewBox='0 0 244 232' role='img'><rect x='30' y='10' width='200' height='200' class='frame'/>"
        f"{ticks}{inside}</svg>"
    )


def _at(x: float, y: float) -> str:
    return f"{30 + 200 * x:.1f},{210 - 200 * y:.1f}"


def reliability(points: Sequence[tuple[float, float, int]], steps: Sequence[tuple[float, float]] = ()) -> str:
    """Probability against the share that was right; the area of a point says how many.

    Args:
        points: of bins: their mean probability, the share that was right, how many.
        steps: corners of the rising line nearest to all cases, which no bins can bend (Dimitriadis et al. 2021).
    """
    largest = max((n for _, _, n in points), default=1)
    dots = "".join(
        f"<circle cx='{30 + 200 * x:.1f}' cy='{210 - 200 * y:.1f}' r='{3 + 7 * (n / largest) ** 0.5:.1f}'>"
        f"<title>{n}: {x:.2f}, {y:.2f}</title></circle>"
        for x, y, n in points
    )
    rising = " ".join(_at(x, y) for x, y in steps)
    return frame(
        f"<polyline class='ideal' points='{_at(0, 0)} {_at(1, 1)}'/>"
        f"<polyline class='curve' points='{rising}'/>{dots}"
    )


def curve(points: Sequence[tuple[float, float]]) -> str:
    """A line through points, in [0, 1] on both axes."""
    joined = " ".join(_at(x, y) for x, y in points)
    return frame(f"<polyline class='curve' points='{joined}'/>")


_STYLE = """
:root{color-scheme:light dark;--ink:#222;--soft:#888;--mark:#2a6fb0}
@media(prefers-color-scheme:dark){:root{--ink:#ddd;--soft:#999;--mark:#7ab8f0}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}th,td{padding:.2rem .7rem;text-align:left}
tr+tr{border-top:1px solid color-mix(in srgb,var(--soft) 40%,transparent)}.baseline{color:var(--soft)}
span[lang=zh]{color:var(--soft)}.plots{display:flex;flex-wrap:wrap;gap:2rem}figure{margin:0;width:20rem}
svg{width:100%}svg text{font-size:10px;fill:var(--soft)}.frame{fill:none;stroke:var(--soft)}
.ideal{stroke:var(--soft);stroke-dasharray:4;fill:none}.curve{stroke:var(--mark);fill:none;stroke-width:2}
circle{fill:var(--mark);opacity:.8}
"""
