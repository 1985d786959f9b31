"""Columns of tables: which goes first on a narrow terminal, and what stands to the left."""

from __future__ import annotations

from helpers import binary, component, independent, normal

from trialdesign.cli.priors.list import _page
from trialdesign.report.page import Table
from trialdesign.report.sections.power import _of, _table
from trialdesign.simulation.operating_characteristics import operating_characteristics


def test_power_gives_up_sizes_first_then_coverage_rmse_and_bias():
    flat = component(independent(normal(0, 1)))
    model = {"control": flat, "treatment": flat}
    design = binary(model, 4, 3, scenarios=[(0.5, 0.2)], strata=1)
    result = operating_characteristics(design)
    table = _table(design, _of(result, design.scenarios[0]), None, None)
    order = sorted((column for column in table.columns if column.spare), key=lambda c: -c.spare)
    assert [column.heading for column in order] == ["n", "coverage", "rmse", "bias"]
    assert len({column.spare for column in order}) == 4


def test_what_the_library_holds_is_text_and_stands_to_the_left():
    keys = ("name", "kind", "arm", "strata", "grade", "endpoint", "citation")
    page = _page([dict.fromkeys(keys, "text") | {"usable": True}])
    (table,) = [part for part in page if isinstance(part, Table)]
    assert not any(column.right for column in table.columns)
    assert table.rows == [["text"] * 7]
