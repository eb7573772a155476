"""Every example of the language pages is run, and says what the page says."""

import re
from pathlib import Path

import pytest

from duli import logic
from duli.errors import ProgramError

DOCS = Path(__file__).parents[2] / "docs"
_BLOCKS = re.compile(r"```prolog\n(.*?)```\n```(text|error)\n(.*?)```", re.DOTALL)
EXAMPLES = [
    pytest.param(*match.groups(), id=f"{page.parent.name}-{number}")
    for page in (DOCS / "language.md", DOCS / "zh" / "language.md")
    for number, match in enumerate(_BLOCKS.finditer(page.read_text("utf-8")))
]


@pytest.mark.parametrize(("program", "kind", "expected"), EXAMPLES)
def test_an_example(program: str, kind: str, expected: str) -> None:
    if kind == "error":
        with pytest.raises(ProgramError) as caught:
            logic.compile(program)
        assert f"{caught.value}\n" == expected
        return
    found = logic.compile(program).run().probabilities
    lines = [f"{p:.10g}\t{atom}" for atom, p in found.items()]
    assert sorted(lines) == sorted(expected.splitlines())


def test_there_are_examples_on_both_pages() -> None:
    assert len(EXAMPLES) >= 9
