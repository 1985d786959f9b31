"""The page that `certify` prints: the proven bound, and the largest error found, per null pattern."""

from __future__ import annotations

from trialdesign.report.numbers import rate
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import criteria, model_lines, patients
from trialdesign.sizing.proof.certificate import Certificate


def certificate_page(found: Certificate) -> Page:
    """Return the page of a certificate."""
    design = found.design
    page: list = [
        Heading(design.title),
        f"Success: {criteria(design)}.",
        patients(design),
        *model_lines(design),
        f"Method: proof over the whole null region, by Bernstein coefficients; {found.seconds:.1f} s.",
        Heading("Family-wise error", "wherever the truth lies"),
        f"At most {rate(found.bound)}, proven; {rate(found.largest_found)} is attained.",
    ]
    if found.alpha is not None:
        verdict = "held" if found.alpha_held else "not proven"
        if found.largest_found > found.alpha:
            verdict = "exceeded"
        page.append(f"Level {found.alpha:g}: {verdict}.")
    page += [Heading("Null patterns", "the truth of the other strata is anything"), _table(found)]
    page += [
        "",
        "at most: proven bound.  found: the largest error found, and the rates there (treatment :"
        " control).  A decision too close to call counts as a success.",
    ]
    return page


def _table(found: Certificate) -> Table:
    columns = [
        Column("null", right=False, running=True), Column("error is", right=False, spare=1),
        Column("at most"), Column("found"), Column("at", right=False, running=True),
    ]  # fmt: skip
    names = {"type_i_error": "type I error", "family_wise_error": "family-wise"}
    lines = [
        [", ".join(row.null), names[row.quantity], rate(row.bound), rate(row.largest_found), _at(row)]
        for row in found.rows
    ]
    return Table(columns, lines)


def _at(row) -> str:
    """Return the rates at which the largest error was found."""
    each = []
    for stratum, rates in row.attained_at.items():
        beside = f" : {rates['control']:.3f}" if "control" in rates else ""
        if "treatment" in rates:
            each.append(f"{stratum} {rates['treatment']:.3f}{beside}")
    return ", ".join(each)
