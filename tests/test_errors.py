from duli.errors import DuliError, InputError, LimitReachedError, MissingExtraError, Place


def test_an_error_says_what_where_and_how_to_mend_it() -> None:
    error = InputError("no text", where=Place("a.dl", 2, 5, "ab\tc d"), hint="write some")
    assert str(error) == "a.dl:2:5: no text\nab\tc d\n  \t ^\nhint: write some"
    assert error.to_dict() == {
        "error": {"code": "input", "message": "no text", "where": "a.dl:2:5", "hint": "write some"}
    }
    assert (error.exit_code, LimitReachedError("x").exit_code) == (2, 3)


def test_the_caret_stands_under_wide_characters() -> None:
    assert Place("a", 1, 3, "发热(").excerpt() == "发热(\n　　^"
    assert Place("a", 1).excerpt() == ""
    assert Place("a", 1, None, "text").excerpt() == "text"


def test_a_missing_part_says_how_to_install_it() -> None:
    assert "pip install 'duli[hpo]'" in str(MissingExtraError("pyhpo", "hpo"))
    assert isinstance(MissingExtraError("a", "b"), DuliError)
