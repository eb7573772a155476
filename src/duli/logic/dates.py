"""Dates as values: a symbol such as '2017-02-28' (ISO 8601, Gregorian, years 1 to 9999); all counting is exact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from duli.errors import InputError
from duli.types import Value


def parsed(value: Value) -> date:
    """The date that a value names; InputError where it names none."""
    try:
        found = date.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None or found.isoformat() != value:
        raise InputError(f"{value!r} is not a date", hint="write it as '2017-02-28'")
    return found


def made(*numbers: Value) -> str:
    """The date of a year, a month and a day, or of the number of a day; InputError where there is none."""
    whole = [number for number in numbers if isinstance(number, int)]
    try:
        found = date.fromordinal(*whole) if len(numbers) == 1 else date(*whole)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"there is no date({', '.join(map(repr, numbers))})", hint="years go from 1 to 9999"
        ) from error
    return found.isoformat()


def years(first: Value, last: Value) -> int:
    """How many years are full from one date to another: an age. Who was born on 29 February is older on 1 March."""
    a, b = parsed(first), parsed(last)
    if b < a:
        return -years(last, first)
    return b.year - a.year - ((b.month, b.day) < (a.month, a.day))


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "date": made,
    "year": lambda a: parsed(a).year,
    "month": lambda a: parsed(a).month,
    "day": lambda a: parsed(a).day,
    "days": lambda a: parsed(a).toordinal(),
    "years": years,
}
