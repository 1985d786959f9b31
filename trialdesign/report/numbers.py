"""Numbers as they are printed for people."""

from __future__ import annotations

import math

from trialdesign.simulation.operating_characteristics import Row

DIGITS = 4


def probability(row: Row) -> str:
    """Return a rate, with its Monte Carlo standard error where it has one.

    A simulated rate of 0 or 1 is given as the bound of its 95 % interval.
    """
    if row.mcse > 0:
        return f"{row.value:.{DIGITS}f} ± {row.mcse:.{DIGITS}f}"
    if row.lower < row.upper:
        return f"<{row.upper:.{DIGITS}f}" if row.value < 0.5 else f">{row.lower:.{DIGITS}f}"
    return rate(row.value)


def rate(value: float) -> str:
    """Return an exact probability; only 0 and 1 themselves are printed as such."""
    if not math.isfinite(value):
        return "-"
    smallest = 10**-DIGITS
    if 1e-15 < value < smallest / 2:
        return f"<{smallest:.{DIGITS}f}"
    if 1 - smallest / 2 < value < 1 - 1e-15:
        return f">{1 - smallest:.{DIGITS}f}"
    return f"{value:.{DIGITS}f}"


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with fixed digits, or with as many significant ones where it is large."""
    if value is None or not math.isfinite(value):
        return "-"
    if digits and abs(value) >= 10_000:
        return f"{value:.{digits + 1}g}"
    return f"{value + 0.0:.{digits}f}"


def signed(value: float, digits: int = 3) -> str:
    """Return a number with its sign; a rounded zero has none."""
    text = number(value, digits)
    if text == "-":
        return text
    if not float(text):
        return text.lstrip("-")
    return text if text.startswith("-") else f"+{text}"
