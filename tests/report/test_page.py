"""Pages of text and tables (trialdesign.report.page): plain, on a terminal, and on a narrow one."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from trialdesign.report.page import Column, Heading, Table, draw, fit, plain

TABLE = Table(
    [
        Column("stratum", right=False, least=9),
        Column("assumed\nrate"),
        Column("rmse", spare=2),
        Column("bias", spare=1),
        Column("what was asked", right=False, spare=3, running=True),
    ],
    [
        ["SLE", "0.5", "0.116", "-0.01", "a long text that may be wrapped"],
        ["IIM", "0.25", "1.2", "0", "short"],
    ],
)
ALL = 9 + 7 + 5 + 5 + 20 + 4 * 2  # widths of the columns, the last shrunk to 20, and four gaps of 2


def _drawn(page, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    draw(page, console)
    return [line.rstrip() for line in console.file.getvalue().split("\n")]


def test_a_plain_page_is_aligned_and_as_wide_as_it_needs_to_be():
    assert plain(["A\ttitle", Heading("Block", "detail"), TABLE, Heading("End")]).split("\n") == [
        "A title",
        "",
        "Block  (detail)",
        "           assumed",
        "stratum       rate   rmse   bias  what was asked",
        "SLE            0.5  0.116  -0.01  a long text that may be wrapped",
        "IIM           0.25    1.2      0  short",
        "",
        "End",
        "",
    ]


@pytest.mark.parametrize(
    ("width", "gone"),
    [
        (ALL, []),
        (ALL - 1, ["what was asked"]),
        (9 + 7 + 5 + 5 + 6, ["what was asked"]),
        (9 + 7 + 5 + 5 + 5, ["what was asked", "rmse"]),
        (9 + 7 + 2, ["what was asked", "rmse", "bias"]),
        (5, ["what was asked", "rmse", "bias"]),
    ],
)
def test_what_can_be_spared_goes_in_its_order_until_the_table_fits(width, gone):
    table, left_out = fit(TABLE, width)
    assert left_out == gone
    kept = [column.heading for column in TABLE.columns if column.heading not in gone]
    assert [column.heading for column in table.columns] == kept
    assert all(len(row) == len(kept) for row in table.rows) and table.rows[0][0] == "SLE"


def test_on_a_terminal_running_text_is_wrapped_and_numbers_stand_to_the_right():
    lines = _drawn(["A\ttitle", Heading("Block", "detail"), TABLE], ALL)
    assert lines[:3] == ["A title", "", "Block  detail"]
    assert (
        lines[3].split() == ["assumed"]
        and lines[4].split()[:2] == ["stratum", "rate"]
        or (lines[3].split()[:2] == ["stratum", "assumed"] and lines[4].split() == ["rate"])
    )
    assert any(line.startswith("SLE            0.5  0.116  -0.01  a long text that") for line in lines)
    assert not any("Left out" in line for line in lines) and max(map(len, lines)) <= ALL


def test_what_a_narrow_terminal_leaves_out_is_named_once():
    lines = _drawn([TABLE, TABLE], 31)
    told = " ".join(" ".join(lines).split())
    assert told.count("Left out, for want of width: what was asked, rmse. --csv has every number.") == 1
