"""The page that `sample-size` prints: the answer, the curve, and the answers under every truth."""

from __future__ import annotations

from trialdesign.report.numbers import number, probability
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import conduct_lines, criteria, model_lines, truth
from trialdesign.sizing.sample_size import ASKED
from trialdesign.sizing.sample_size_result import SampleSize, SizeRow

ERRORS = ("type_i_error", "family_wise_error")


def sample_size_page(found: SampleSize) -> Page:
    """Return the page: the answer, the curve, and the answers under every truth."""
    design = found.design
    known = {each.name: truth(design, each) for each in design.scenarios}
    page: list = [
        Heading(design.title),
        f"Success: {criteria(design)}.",
        *conduct_lines(design),
        *model_lines(design),
        _how(found),
        Heading("Smallest size", f"{found.metric} {found.target:g}; {found.stratum}, {found.scenario}"),
        *_answer(found),
        Heading(found.scenario, known.get(found.scenario, "a truth for every trial")),
        _curve(found),
    ]
    if len(found.answers) > 1:
        page += [Heading("Sizes needed", "under each truth; - where no rung keeps the target")]
        page.append(_answers(found))
    page += [
        "",
        f"size: patients of {found.sized}; the smallest from which every later one keeps the target.",
    ]
    if found.metric == "power" and any(row.quantity in ERRORS for row in found.rows):
        page.append(
            "largest error: the largest type I error of a stratum, or family-wise, of all scenarios."
        )
    if found.trials is not None:
        page.append("±: Monte Carlo standard error.  --json and --csv give intervals and every curve.")
    return page


def _how(found: SampleSize) -> str:
    exact = found.methods.count("exact")
    how = "every outcome of every rung is enumerated"
    if exact < len(found.methods):
        some = f"{exact} of {len(found.methods)} rungs enumerated, at the others " if exact else ""
        how = f"{some}{found.trials:,} trials per truth, seed {found.seed}"
    return f"Method: {found.method}, {how}; {found.seconds:.1f} s."


def _answer(found: SampleSize) -> list[str]:
    """Return the answer, and the sizes of the trial there."""
    lines = [f"{found.patients()}."]
    if found.sizes is not None:
        arms = reversed(list(found.sizes.items()))
        lines += [f"{arm}: " + ", ".join(f"{s} {n}" for s, n in own.items()) + "." for arm, own in arms]
    return lines


def _curve(found: SampleSize) -> Table:
    """Return the curve of the truth that was asked for: a line per rung, a column per stratum."""
    asked = ("assurance",) if found.metric == "assurance" else ASKED
    kept = [row for row in found.rows if row.scenario == found.scenario and row.quantity in asked]
    names = list(dict.fromkeys(row.stratum for row in kept))
    cells = {(row.rung, row.stratum): row for row in kept}
    worst = _worst(found)
    columns = [Column("size"), Column("patients", spare=1), *(Column(name) for name in names)]
    if worst:
        columns.append(Column("largest\nerror"))
    lines = []
    for rung, total in found.totals.items():
        line = [str(rung), str(total), *(probability(cells[rung, name]) for name in names)]
        lines.append([*line, probability(worst[rung])] if worst else line)
    return Table(columns, lines)


def _worst(found: SampleSize) -> dict[int, SizeRow]:
    """Return the largest error of each rung, over all scenarios."""
    out: dict[int, SizeRow] = {}
    for row in found.rows if found.metric == "power" else ():
        if row.quantity in ERRORS and (row.rung not in out or row.value > out[row.rung].value):
            out[row.rung] = row
    return out


def _answers(found: SampleSize) -> Table:
    """Return the answers: a line per truth, a column per stratum."""
    names = list(dict.fromkeys(each.stratum for each in found.answers))
    each = {(own.scenario, own.stratum): own.sample_size for own in found.answers}
    lines = [
        [scenario, *(number(each.get((scenario, name)), 0) for name in names)]
        for scenario in dict.fromkeys(own.scenario for own in found.answers)
    ]
    return Table([Column("scenario", right=False, running=True), *(Column(n) for n in names)], lines)
