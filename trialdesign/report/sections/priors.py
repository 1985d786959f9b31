"""The pages of `priors fit` and `priors ess`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trialdesign.priors.ess.definitions import METHODS
from trialdesign.priors.ess.expected import ExpectedEssRow
from trialdesign.priors.ess.of_design import PriorWorth
from trialdesign.priors.ess.readings import ReadSizes
from trialdesign.priors.ess.worth_of_design import MixtureEss, PriorEss
from trialdesign.priors.fitted import FittedPriors
from trialdesign.priors.summary import QUANTILES
from trialdesign.report.numbers import number
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import model_lines

LEVELS = tuple(f"q{100 * q:g}" for q in QUANTILES)
READINGS = "Under each reading of exposures known as bounds"


def fit_page(found: FittedPriors) -> Page:
    """Return the page of `priors fit`."""
    design, rows = found.design, found.records()
    scale = design.endpoint.scale
    natural = scale.natural_label
    if design.model.effect:
        natural += f"; of the effect: {scale.effect_label}"
    details = {"linear": scale.linear_label, "natural": natural}
    page = [Heading(design.title), *model_lines(design), *_engine(found)]
    for each, detail in details.items():
        page += [Heading(f"Analysis prior, {each} scale", detail), _summary(rows, each)]
    if found.notes:
        page += [Heading("What it rests on"), *found.notes]
    if found.readings:
        page += [Heading(READINGS, natural), _readings([row.to_dict() for row in found.readings])]
    if found.fits:
        page += [Heading("As mixtures", "KL: divergence of the fit, in nats")]
        page += [_mixture(row) for row in found.mixtures()]
    return page


def _engine(found: FittedPriors) -> list[str]:
    about = found.diagnostics
    if about is None:
        return []
    return [
        f"Engine: nuts ({about['sampler']}), {about['chains']} chains, seed {found.seed}: R-hat "
        f"{about['rhat']:.3f}, ESS {about['ess_bulk']:,.0f} (bulk) and {about['ess_tail']:,.0f} (tail), "
        f"{about['divergences']} divergences."
    ]


def _summary(rows: Sequence[Mapping], scale: str) -> Table:
    columns = [Column("component", right=False), Column("stratum", right=False)]
    keys = ("mean", "sd", *LEVELS)
    columns += [Column(key, spare=key in ("q25", "q75")) for key in keys]
    cells = [
        [row["component"], row["stratum"], *(number(row[key], 4) for key in keys)]
        for row in rows
        if row["scale"] == scale
    ]
    return Table(columns, cells)


def _readings(rows: Sequence[Mapping]) -> Table:
    keys = ("mean", "sd", *LEVELS)
    columns = [Column(key, right=False) for key in ("component", "stratum", "exposure")]
    columns += [Column(key, spare=key in ("q25", "q75")) for key in keys]
    natural = [row for row in rows if row["scale"] == "natural"]
    order = list(dict.fromkeys((row["component"], row["stratum"]) for row in natural))
    natural.sort(key=lambda row: order.index((row["component"], row["stratum"])))
    cells = [
        [row["component"], row["stratum"], row["exposure"], *(number(row[key], 4) for key in keys)]
        for row in natural
    ]
    return Table(columns, cells)


def _mixture(row: Mapping) -> str:
    parts = (
        ", ".join(f"{key}: {_digits(value)}" for key, value in part.items())
        for part in row["prior"]["mixture"]
    )
    each = ", ".join(f"{{{part}}}" for part in parts)
    where = f"{row['component']}, {row['stratum']} (KL {row['divergence']:.1g})"
    return f"{where}: {{mixture: [{each}]}}"


def _digits(value: object) -> str:
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def ess_page(found: PriorEss) -> Page:
    """Return the page of `priors ess`."""
    worths = found.worths
    units = ", ".join(dict.fromkeys(own.unit.name for own in worths))
    page = [
        Heading(found.title),
        *model_lines(found.design),
        Heading("Effective sample size", units),
        _sizes(worths),
        *_scales(worths),
    ]
    if found.readings:
        page += [Heading(READINGS, units), _sizes_read(found.readings)]
    if found.expected:
        title = "What the prior adds once the data are in"
        page += [Heading(title, "elir, linear scale, on average"), _after(found.expected)]
    if found.notes:
        page += [Heading("What it rests on"), *found.notes]
    return page


def mixture_page(found: MixtureEss) -> Page:
    """Return the page of `priors ess` of a mixture that RBesT has written."""
    columns = [Column("method", right=False), Column(f"ess ({found.stored.unit().name})")]
    return [Heading(found.title), Table(columns, [[row.method, number(row.ess)] for row in found.rows])]


def _sizes(worths: Sequence[PriorWorth]) -> Table:
    columns = [Column("component", right=False), Column("stratum", right=False), *_size_columns()]
    cells = [[own.prior.component, own.prior.stratum, *_size_cells(own)] for own in worths]
    return Table(columns, cells)


def _sizes_read(readings: Sequence[ReadSizes]) -> Table:
    columns = [Column(key, right=False) for key in ("component", "stratum", "exposure")]
    order = list(dict.fromkeys((each.component, each.stratum) for each in readings))
    ranked = sorted(readings, key=lambda each: order.index((each.component, each.stratum)))
    cells = [[each.component, each.stratum, each.exposure, *_size_cells(each)] for each in ranked]
    return Table([*columns, *_size_columns()], cells)


def _size_columns() -> list[Column]:
    return [*map(Column, METHODS), Column("planned"), Column("elir /\nplanned")]


def _size_cells(own: PriorWorth | ReadSizes) -> list[str]:
    ratio = own.sizes["elir"] / own.planned if own.planned else None
    return [*(number(size, 1) for size in own.sizes.values()), str(own.planned), number(ratio, 2)]


def _scales(worths: Sequence[PriorWorth]) -> list[str]:
    """Say for each component of which mixture, and on which scale, the sizes are."""
    lines: dict[str, list] = {}
    for own in worths:
        family = own.mixture.kind.dist
        stated = (
            f"{own.prior.component}: as stated ({family}), elir and morita on the scale of the statement"
        )
        fitted = f"{own.prior.component}: elir and morita on the linear scale; as a {family} mixture"
        lines.setdefault(stated if own.divergence is None else fitted, []).append(own.divergence)
    first = ["moment: of the conjugate distribution with the same mean and sd on the natural scale."]
    if any(own.unit.name == "events" for own in worths):
        first.append(
            "elir / planned: events to each planned patient; few have one, so the prior weighs more."
        )
    return first + [
        f"{line}." if None in each else f"{line} KL {max(each):.1g} or less."
        for line, each in lines.items()
    ]


def _after(rows: Sequence[ExpectedEssRow]) -> Table:
    columns = [Column(key, right=False) for key in ("scenario", "component", "stratum")]
    columns += [Column("before"), Column("after"), Column("planned")]
    cells = [
        [
            row.scenario,
            row.component,
            row.stratum,
            number(row.prior, 1),
            number(row.expected, 1),
            str(row.planned),
        ]
        for row in rows
    ]
    return Table(columns, cells)
