"""Numbers as people read them: trialdesign.report.numbers, and months in trialdesign.report.sections."""

from __future__ import annotations

import math

import pytest

from trialdesign.report.numbers import number, rate, signed
from trialdesign.report.sections.follow_up import _months


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0000"), (1e-16, "0.0000"), (1e-14, "<0.0001"), (4.9e-5, "<0.0001"), (5.1e-5, "0.0001"),
        (0.5, "0.5000"), (1 - 5.1e-5, "0.9999"), (1 - 4.9e-5, ">0.9999"), (1 - 1e-14, ">0.9999"),
        (1.0, "1.0000"), (math.nan, "-"), (math.inf, "-"),
    ],
)  # fmt: skip
def test_only_0_and_1_themselves_are_printed_as_such(value, text):
    assert rate(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (None, 3, "-"), (math.inf, 3, "-"), (1.23456, 3, "1.235"), (-0.0, 1, "0.0"),
        (9999.0, 3, "9999.000"),
        (10_000.0, 3, "1e+04"), (12_345.6, 3, "1.235e+04"), (12_345.6, 0, "12346"),
    ],
)  # fmt: skip
def test_numbers_have_fixed_digits_until_they_are_large(value, digits, text):
    assert number(value, digits) == text


def test_a_rounded_zero_has_no_sign():
    assert [signed(x) for x in (0.0004, -0.0004, 0.0, 0.25, -0.25, math.nan)] == [
        "0.000", "0.000", "0.000", "+0.250", "-0.250", "-",
    ]  # fmt: skip


def test_months_have_a_digit_where_they_are_not_whole():
    assert [_months(x) for x in (12.0, 12.5, None)] == ["12", "12.5", "-"]
