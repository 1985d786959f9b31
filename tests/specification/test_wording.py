"""Values as messages quote them (trialdesign.specification.wording)."""

from __future__ import annotations

import pytest

from trialdesign.specification.wording import LONGEST, nearest, one_of, shorten, shown


def test_of_a_value_as_long_as_its_file_only_the_beginning_is_read():
    read = []

    class Long(list):
        def __iter__(self):
            for i in range(100_000):
                read.append(i)
                yield i

    text = shown(Long([0]))
    assert text.startswith("[0, 1, 2, 3") and text.endswith("…") and len(text) == LONGEST
    assert len(read) < LONGEST


@pytest.mark.parametrize(("length", "cut"), [(LONGEST, False), (LONGEST + 1, True)])
def test_a_text_is_cut_where_it_is_longer_than_allowed(length, cut):
    assert shorten("x" * length) == ("x" * (LONGEST - 1) + "…" if cut else "x" * length)


def test_names_are_listed_and_misspelt_ones_are_recognised():
    assert one_of(["a"]) == "a" and one_of(["a", "b", "c"]) == "one of a, b, c"
    assert nearest("POWR", ["power", "analyse"]) == "power" and nearest("xyz", ["power"]) is None
    assert shown(None) == "nothing" and shown({"a": 1}) == '{"a": 1}'
