import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.neural.phrases import split


def read(text: str, *names: str) -> list[str]:
    """Phrases; those denied with a minus before them, those of a relative in brackets."""
    known = {name.casefold() for name in names}
    found = []
    for p in split(text, lambda t: t.casefold() in known):
        words = ("-" if p.negated else "") + p.span.text
        found.append(f"({words})" if p.other else words)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seizures, kidney tumors; fever", ["seizures", "kidney tumors", "fever"]),
        ("seizures and fever or chills", ["seizures", "fever", "chills"]),
        ("- seizures\n- fever\n* chills", ["seizures", "fever", "chills"]),
        ("1. seizures\n2) fever", ["seizures", "fever"]),
        ("no fever or chills", ["-fever", "-chills"]),
        ("no fever, chills or rash", ["-fever", "-chills", "-rash"]),
        ("seizures, no fever, rash", ["seizures", "-fever", "rash"]),
        ("denies fever, chills", ["-fever", "-chills"]),
        ("without rash but with fever", ["-rash", "fever"]),
        ("no history of seizures", ["-seizures"]),
        ("negative for hepatitis", ["-hepatitis"]),
        ("no fever; cough", ["-fever", "cough"]),
        ("no fever. Cough and rash.", ["-fever", "Cough", "rash"]),
        ("Fever: no\nCough: yes", ["-Fever", "Cough"]),
        ("temperature of 38.5 degrees", ["temperature of 38.5 degrees"]),
        ("mother with epilepsy", ["(epilepsy)"]),
        ("发热，咳嗽；没有皮疹", ["发热", "咳嗽", "-皮疹"]),
        ("无发热、寒战", ["-发热", "-寒战"]),
        ("否认头痛，呕吐", ["-头痛", "-呕吐"]),
        ("患者出现癫痫，没有发热", ["癫痫", "-发热"]),
        ("the of and", []),
        ("", []),
    ],
)
def test_phrases(text: str, expected: list[str]) -> None:
    assert read(text) == expected


def test_known_names_stay_whole() -> None:
    text = "Muscle weakness, distal, absent speech and fever"
    assert read(text, "Muscle weakness, distal", "absent speech") == [
        "Muscle weakness, distal",
        "absent speech",
        "fever",
    ]
    assert read("no Muscle weakness, distal", "Muscle weakness, distal") == ["-Muscle weakness, distal"]


WORDS = st.lists(
    st.sampled_from(
        [
            "no",
            "fever",
            "and",
            "or",
            ",",
            ";",
            ".",
            "without",
            "rash",
            "but",
            "mother",
            "(",
            ")",
            "\n",
            "38.5",
            "发热",
            "无",
            "，",
            "、",
            ":",
            "denies",
            "with",
            "yes",
            "'",
            "-",
        ]
    ),
    max_size=25,
)


@given(st.one_of(st.text(max_size=60), WORDS.map(" ".join), WORDS.map("".join)))
def test_offsets_point_into_the_text_and_phrases_do_not_overlap(text: str) -> None:
    end = 0
    for phrase in split(text):
        span = phrase.span
        assert text[span.start : span.end] == span.text != ""
        assert span.start >= end
        end = span.end


@given(
    st.lists(
        st.sampled_from(["seizures", "kidney tumors", "发热", "small hands", "ataxia"]),
        min_size=1,
        max_size=8,
    )
)
def test_nothing_is_dropped(names: list[str]) -> None:
    assert read("; ".join(names)) == names
    assert read(", ".join(names)) == names


def test_a_long_text_takes_linear_time() -> None:
    assert len(split("fever, no rash and " * 5000)) == 10_000
