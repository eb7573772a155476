from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from duli.kb import vocabulary


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), unique=True))
def test_texts_by_number_and_numbers_by_text(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        vocabulary.write(texts, Path(folder))
        mapped = vocabulary.MappedVocabulary(Path(folder))
        assert len(mapped) == len(texts)
        assert [mapped.find(text) for text in texts] == list(range(len(texts)))
        assert [mapped.text(number) for number in range(len(texts))] == texts
        assert mapped.find("not " + "".join(texts)) is None
        assert mapped.find("\ud800") is None
