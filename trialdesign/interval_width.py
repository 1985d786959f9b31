"""Interval width: how precisely a trial will know the treatment arm's survival at a time.

The posterior of the arm's parameter is a row of masses on a grid; its quantiles are found panel by
panel from the antiderivative of the panel's basis, and survival, which falls as the hazard rises, maps
them to the natural scale.
"""

from __future__ import annotations

import numpy as np

from .analysis import Contrast, Outcomes, leave_one_out
from .design import Design
from .errors import SpecificationError
from .panel_quantiles import panel_quantiles
from .quadrature import Grid
from .simulation import Judge

TAIL = 0.025
BLOCK = 1000  # trials integrated at once


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
    survival = design.estimand(found[0]).value

    def judge(part: Design, model, shares: list, outcomes: list[Outcomes]) -> np.ndarray:
        grid, masses = _treatment_posterior(model, outcomes)
        ends = [[panel_quantiles(grid, mass, q) for q in (TAIL, 1 - TAIL)] for mass in masses]
        widths = [np.abs(survival(low, low) - survival(high, high)) for low, high in ends]
        return np.stack(widths, axis=1)

    return judge


def _treatment_posterior(model, outcomes: list[Outcomes]) -> tuple[Grid, list[np.ndarray]]:
    """Return the grid and the posterior masses (T, G) of the treatment arm, a stratum each."""
    assert not isinstance(model, Contrast)
    if model.focus_arm != "treatment":
        partners = model.partner_posterior([own[model.partner_arm] for own in outcomes])
        return model.partner.grid, partners
    paired = model.paired(outcomes, [[]] * len(outcomes))
    n_trials = paired[0].index.size
    parts = []
    for rows in np.array_split(np.arange(n_trials), -(-n_trials // BLOCK)):
        before = leave_one_out(model, paired, rows)
        parts.append([(b * own.likelihood[own.index[rows]])[:, 0] for b, own in zip(before, paired)])
    masses = [np.concatenate(columns) for columns in zip(*parts)]
    return model.focus.grid, [mass / mass.sum(axis=1, keepdims=True) for mass in masses]
