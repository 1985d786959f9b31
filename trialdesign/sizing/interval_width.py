"""Interval width: how precisely a trial will know the treatment arm's survival at a time.

The posterior of the arm's parameter is a row of masses on a grid; its quantiles are found panel by
panel from the antiderivative of the panel's basis, and survival, which falls as the hazard rises, maps
them to the natural scale.
"""

from __future__ import annotations

import numpy as np

from trialdesign.analysis.axes import sides_of
from trialdesign.analysis.models.arm_based_with_shape import likelihoods
from trialdesign.analysis.models.model import Outcomes, leave_one_out
from trialdesign.design.design import Design
from trialdesign.endpoints._estimands import Estimand
from trialdesign.errors import SpecificationError
from trialdesign.probability.grid import Grid
from trialdesign.probability.tails.panel_quantiles import panel_quantiles
from trialdesign.simulation.trials.simulate import Judge

TAIL = 0.025
BLOCK, SMALL = 1000, 200  # trials integrated at once, without and with a shape


def width_judge(design: Design) -> Judge:
    """Return the judge of trials that says how wide the 95 % interval of survival is, (T, S).

    Parameters
    ----------
    design : Design
        One criterion is about the treatment arm's survival at a time.

    Raises
    ------
    SpecificationError
        None is, or the treatment arm has no parameter of its own.
    """
    found = [criterion for criterion in design.decision if criterion.estimand == "survival"]
    if not found:
        raise SpecificationError(
            "`decision` must have a criterion on `survival` with `at`, whose interval --width is about; "
            f"got {', '.join(c.estimand for c in design.decision)}. Add one."
        )
    if design.model.effect is not None:
        raise SpecificationError(
            "`model` must have `treatment`, the arm's own parameter, for --width; got `effect`, whose "
            "sum with the control's would have to be integrated every time. State the model arm-wise."
        )
    estimand = design.estimand(found[0])
    (treated,) = design.treated
    if estimand.equivalent is not None and sides_of(design)[0] != treated.name:
        raise SpecificationError(
            f"`endpoint.distribution` must be exponential for --width where only controls borrow; got "
            f"{design.endpoint.distribution}. Ask without --width, or let the treatment arm borrow."
        )

    def judge(part: Design, model, shares: list, outcomes: list[Outcomes]) -> np.ndarray:
        grid, masses = _treated_posterior(treated.name, model, outcomes, estimand)
        ends = [[panel_quantiles(grid, mass, q) for q in (TAIL, 1 - TAIL)] for mass in masses]
        widths = [np.abs(estimand.value(low, low) - estimand.value(high, high)) for low, high in ends]
        return np.stack(widths, axis=1)

    return judge


def _treated_posterior(
    treated: str, model, outcomes: list[Outcomes], estimand: Estimand
) -> tuple[Grid, list[np.ndarray]]:
    """Return the grid and the masses (T, G) of the treatment arm's parameter, one per stratum.

    Where the arm has a shape beside it, they are those of the estimand's equivalent.
    """
    if model.focus_arm != treated:
        partners = model.partner_posterior([own[model.partner_arm] for own in outcomes])
        return model.partner.grid, partners
    paired = model.paired(outcomes, [[]] * len(outcomes))
    moved = _by_equivalent(model, estimand) if estimand.equivalent is not None else None
    n_trials, parts = paired[0].index.size, []
    for rows in np.array_split(np.arange(n_trials), -(-n_trials // (BLOCK if moved is None else SMALL))):
        before = leave_one_out(model, paired, rows)
        if moved is None:
            own = [(b * each.likelihood[each.index[rows]])[:, 0] for b, each in zip(before, paired)]
        else:
            own = [moved(b[:, 0], each[model.focus_arm][rows]) for b, each in zip(before, outcomes)]
        parts.append(own)
    masses = [np.concatenate(columns) for columns in zip(*parts)]
    return model.focus.grid, [mass / mass.sum(axis=1, keepdims=True) for mass in masses]


def _by_equivalent(model, estimand: Estimand):
    """Return what takes masses (T, G) before the data, and statistics (T, Q), to the equivalent."""
    to = model.share(estimand, np.ones((model.focus.grid.n_nodes, 1))).to_focus

    def moved(before: np.ndarray, own: np.ndarray) -> np.ndarray:
        full = likelihoods(own, model.tables[0]) * model.shapes.weight * before[:, :, None]
        return full.reshape(len(full), -1) @ to.T

    return moved
