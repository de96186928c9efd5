"""Numbers, money, percentages, dates and times in story text, with their value, so that forms can be told from facts.

``1,200``, ``1.2 thousand`` and ``twelve hundred`` are one figure; ``5 per cent`` and ``5 percentage points`` are two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

LENGTHS: dict[str, tuple[str, Fraction]] = {
    "km": ("length", Fraction(1000)),
    "m": ("length", Fraction(1)),
    "cm": ("length", Fraction(1, 100)),
    "mm": ("length", Fraction(1, 1000)),
    "t": ("mass", Fraction(1000)),
    "kg": ("mass", Fraction(1)),
    "g": ("mass", Fraction(1, 1000)),
    "mg": ("mass", Fraction(1, 1_000_000)),
    "h": ("time", Fraction(60)),
    "min": ("time", Fraction(1)),
    "s": ("time", Fraction(1, 60)),
    "week": ("days", Fraction(7)),
    "day": ("days", Fraction(1)),
    "year": ("months", Fraction(12)),
    "decade": ("months", Fraction(120)),
    "century": ("months", Fraction(1200)),
    "fortnight": ("days", Fraction(14)),
    "month": ("months", Fraction(1)),
    "gw": ("power", Fraction(1000)),
    "mw": ("power", Fraction(1)),
    "kw": ("power", Fraction(1, 1000)),
    "l": ("volume", Fraction(1)),
    "ml": ("volume", Fraction(1, 1000)),
    "GBP/100": ("GBP", Fraction(1, 100)),
    "GBP": ("GBP", Fraction(1)),
}
"""Units that are exact multiples of one another, with dimension and factor."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: tokens ``start:end``; ``kind`` is number, money, percent, points, ordinal, date, weekday, time, year
    or relative. ``value`` is exact; dates are (year, month, day) with None where unsaid; ``unit`` as in the lexicons.
    """

    start: int
    end: int
    kind: str
    value: Fraction | tuple[int | None, ...] | str
    unit: str = ""
    core: int = 0
    """The token index that carries the digits or number word."""
    weak: bool = False
    """A word such as *one* that is as often an article."""
    in_name: bool = False
    decimals: int = 0

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for two forms of one figure."""
        if isinstance(self.value, Fraction):
            dimension, factor = LENGTHS.get(self.unit, (self.unit, Fraction(1)))
            return (self.family, self.value * factor, dimension)
        return (self.kind, self.value, self.unit)

    @property
    def family(self) -> str:
        """Coarse kind within which two figures can stand for one another."""
        if self.unit == "GBP/100":
            return "money"
        return "date" if self.kind in {"date", "weekday", "relative", "year", "time"} else self.kind

    @property
    def is_date(self) -> bool:
        """A point in time rather than an amount."""
        return self.family == "date"


def same_amounts(left: Sequence[Figure], right: Sequence[Figure]) -> bool:
    """True where both hold the same figures in any form, an *m* for million among them."""
    rest = list(right)
    for figure in left:
        mate = next((other for other in rest if alike(figure, other)), None)
        if mate is None:
            return False
        rest.remove(mate)
    return not rest and bool(left)


def alike(a: Figure, b: Figure) -> bool:
    """One figure in two forms: an *m* for million and a clock with a full stop among them."""
    return a.identity == b.identity or is_million(a, b) or same_clock(a, b) or _same_share(a, b)


def _same_share(a: Figure, b: Figure) -> bool:
    """``1/4`` and *a quarter*, which is 25 per cent."""
    for plain, share in ((a, b), (b, a)):
        if plain.kind == "number" and not plain.unit and share.kind == "percent":
            value = plain.value
            return isinstance(value, Fraction) and 0 < value < 1 and value * 100 == share.value and not plain.decimals
    return False


def same_clock(a: Figure, b: Figure) -> bool:
    """``14:20`` and ``14.20``, where only the first is surely a time."""
    for clock, number in ((a, b), (b, a)):
        if clock.kind == "time" and number.kind == "number" and number.decimals == 2 and not number.unit:
            hour, minute = (*clock.value[:2],) if isinstance(clock.value, tuple) and len(clock.value) == 2 else (0, -1)
            if hour is not None and minute is not None:
                return number.value == hour + Fraction(minute, 100)
    return False


def is_million(a: Figure, b: Figure) -> bool:
    """``1.5m`` and ``1,500,000``: an m that stands for million, not for metres."""
    for short, long in ((a, b), (b, a)):
        if short.unit == "m" and long.unit != "m" and isinstance(short.value, Fraction):
            return short.value * 1_000_000 == long.value
    return False


def same_date(left: Figure, right: Figure) -> bool:
    """True where two dates can be the same day: one only says less (``3 March`` and ``3 March 2026``)."""
    if left.kind != "date" or right.kind != "date":
        return False
    pairs = zip(left.value, right.value, strict=False)  # type: ignore[arg-type]
    return all(a == b or a is None or b is None for a, b in pairs)


def is_rounding(left: Figure, right: Figure, *, told: tuple[bool, bool] = (False, False)) -> bool:
    """True where one value is the other rounded to fewer digits (1,187 and 1,200; 12.4 and 12), within 10 %.

    The exact one has three digits that say something, or decimals: 19 and 20 are two ages. ``told``: which of the
    two the text calls *about*, so that 48 and *about 50* are one count.
    """
    if not isinstance(left.value, Fraction) or not isinstance(right.value, Fraction):
        return False
    a, b = (
        left.value * LENGTHS.get(left.unit, ("", Fraction(1)))[1],
        right.value * LENGTHS.get(right.unit, ("", Fraction(1)))[1],
    )
    if a == b or not a or not b or abs(a - b) > max(abs(a), abs(b)) / 10:
        return False
    return (_rounds_to(a, b) and (told[1] or _exact(left))) or (_rounds_to(b, a) and (told[0] or _exact(right)))


def _exact(figure: Figure) -> bool:
    value = figure.value
    return bool(figure.decimals) or not isinstance(value, Fraction) or value.denominator > 1 or _digits(value) >= 3


def _digits(value: Fraction) -> int:
    """How many digits of a whole number say something: 1,230 has three."""
    whole, digits = abs(value.numerator), 0
    while whole and whole % 10 == 0:
        whole //= 10
    while whole:
        whole, digits = whole // 10, digits + 1
    return digits


def _rounds_to(exact: Fraction, rounded: Fraction) -> bool:
    step = Fraction(1, 1000)
    while rounded % (step * 10) == 0 and step < abs(rounded):
        step *= 10
    off = abs(exact - rounded)
    near = off < step / 2 or (off == step / 2 and rounded > exact)
    return exact % step != 0 and near and step >= Fraction(1, 100)


def change_in_percent(left: Figure, right: Figure) -> float | None:
    """By how many per cent the value moved, None where that says nothing."""
    if not isinstance(left.value, Fraction) or not isinstance(right.value, Fraction) or not left.value:
        return None
    if left.family != right.family or left.unit != right.unit or left.kind == "ordinal":
        return None
    moved = float((right.value - left.value) / abs(left.value) * 100)
    return round(moved, 1) if abs(moved) < 1_000_000 else None
