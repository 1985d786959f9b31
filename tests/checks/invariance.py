"""What must not change a result: the order of strata, evidence that may not count, batching."""

from __future__ import annotations

from helpers import (
    STRATA,
    binary,
    component,
    criterion,
    evidence,
    exnex,
    half_normal,
    hierarchical,
    independent,
    normal,
    outcomes,
    pooled,
    posterior,
    table,
)

from checks.outcomes import CONTROLLED, MODELS, design
from trialdesign.analysis.build import assemble_groups
from trialdesign.simulation.operating_characteristics import operating_characteristics

TOLERANCE = 1e-12
BORROWING = {
    "independent": independent(normal(0.0, 1.5)),
    "pooled": pooled(normal(0.0, 1.5)),
    "hierarchical": hierarchical(normal(0.0, 1.5), half_normal(0.5)),
    "exnex": exnex(normal(0.0, 1.5), half_normal(0.5), normal(0.0, 2.0)),
}


def by_stratum(trial, treatment: dict, control: dict | None) -> dict[str, list[float]]:
    """Return each stratum's posterior probabilities and means, by its name."""
    y = [[r[s] for s in trial.strata] if r else None for r in (treatment, control)]
    post, criteria = posterior(trial, *y), range(len(trial.decision))
    return {
        stratum: [f(s, j) for f in (post.probability, post.mean, post.sd) for j in criteria]
        for s, stratum in enumerate(trial.strata)
    }


def permuting_strata_permutes_posteriors(name: str, order, treatment: dict, control: dict) -> None:
    control = control if name in CONTROLLED else None
    one, other = (by_stratum(design(name, o), treatment, control) for o in (STRATA[:3], order))
    for stratum, values in one.items():
        for value, permuted in zip(values, other[stratum], strict=True):
            assert abs(value - permuted) < TOLERANCE, (stratum, value - permuted)


def permuting_strata_permutes_operating_characteristics(name: str, order) -> None:
    one, other = (
        table(operating_characteristics(design(name, o), method="exact")) for o in (STRATA[:3], order)
    )
    assert set(one) == set(other)
    for key, value in one.items():
        assert abs(value - other[key]) < TOLERANCE, (key, value - other[key])


def learned(strata: dict, rows, discount: dict | None):
    """Return a single-arm design that learns from some rows, or from nothing."""
    used = [] if discount is None else [evidence(rows, discount)]
    model = {"treatment": component(strata, *used)}
    decision, truths = [criterion("response", 0.4, 0.8)], [((0.6, 0.4, 0.4), None)]
    return binary(model, (4, 3, 5), None, decision, truths)


def results(trial) -> list[tuple]:
    """Return everything that a design's operating characteristics say, to the last digit."""
    return list(operating_characteristics(trial, method="exact").rows)


def exponent_zero_is_no_borrowing(name: str, rows) -> None:
    ignored = learned(BORROWING[name], rows, {"kind": "power", "exponent": 0.0})
    assert results(ignored) == results(learned(BORROWING[name], rows, None))


def exponent_one_is_full_use(name: str, rows) -> None:
    whole = learned(BORROWING[name], rows, {"kind": "power", "exponent": 1.0})
    assert results(whole) == results(learned(BORROWING[name], rows, {"kind": "full"}))


def vague_weight_one_ignores_evidence(rows, others, inner: dict) -> None:
    stated = {"kind": "robust", "weight": 1.0, "vague": normal(0.2, 1.7), "discount": inner}
    one, other = (learned(BORROWING["hierarchical"], r, stated) for r in (rows, others))
    assert results(one) == results(other)


def alone(name: str, sources: list[list], sizes, controls, rates, control_rates, discount=None):
    """Return a design without borrowing that learns from some sources, a list of rows each."""
    model, _, nc = MODELS[name]
    informed = {
        part: component(
            used["strata"],
            *(evidence(rows, discount, part, f"{part}-{i}") for i, rows in enumerate(sources)),
        )
        for part, used in model.items()
        if part != "effect"
    }
    decision = list(_plain(design(name).decision))
    scenarios = [(rates, nc and control_rates)]
    return binary(model | informed, sizes, nc and controls, decision, scenarios)


def without_borrowing_other_strata_are_ignored(name: str, rows, sizes, responders) -> None:
    """The first stratum's results, to the last digit, whatever is known or done elsewhere."""
    _, n, nc = MODELS[name]
    first, own = STRATA[0], [(STRATA[0], 6, 4)]
    changed = alone(
        name, [own + rows], (n[0], *sizes), nc and (nc[0], *sizes), (0.6, 0.2, 0.9), (0.1, 0.5, 0.4)
    )
    kept = alone(name, [own], (n[0], 1, 1), nc and (nc[0], 1, 1), (0.6, 0.6, 0.6), (0.1, 0.1, 0.1))
    one, other = ([row for row in results(trial) if row.stratum == first] for trial in (changed, kept))
    assert one == other
    one, other = (
        assemble_groups(trial)[0].model.joint(outcomes(trial, y, c)[:1])[0]
        for trial, y, c in (
            (changed, (2, *responders), nc and (1, *responders)),
            (kept, (2, 0, 1), nc and (1, 1, 0)),
        )
    )
    assert (one == other).all()


def without_borrowing_evidence_on_other_strata_is_ignored(
    name: str, rows, discount: dict | None = None, **method
) -> None:
    """The first stratum's results, to the last digit, with or without a source on the others."""
    _, n, nc = MODELS[name]
    first = STRATA[0]
    one, other = (
        operating_characteristics(
            alone(name, sources, n, nc, (0.6, 0.2, 0.9), (0.1, 0.5, 0.4), discount), **method
        ).rows
        for sources in ([rows], [])
    )
    assert [r for r in one if r.stratum == first] == [r for r in other if r.stratum == first]


def _plain(decision):
    for c in decision:
        yield criterion(c.estimand, c.greater_than, c.probability)
