"""Truths under which trials are simulated: an assumed one, or one drawn for every trial.

A truth has a name, the key of its random streams, and what is true of each arm in a block of trials.

The design prior is a Belief as the analysis prior is, its evidence counted.  A trial's truth is drawn
from it: a node, then each stratum's parameter from its masses at that node, by inversion.  The panels of
the grid are narrow, for within a panel a distribution much narrower than it is blurred by a tenth of its
width; where a node is a single point of the grid (pooled strata), the strata share one draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trialdesign.analysis.axes import component_axis
from trialdesign.analysis.build import believed
from trialdesign.design.design import Design, changed
from trialdesign.design.design_file import Scenario
from trialdesign.probability.belief import Belief
from trialdesign.probability.resolution import DRAWN_TRUTHS
from trialdesign.probability.tails.panel_quantiles import panel_quantiles
from trialdesign.simulation.trials.streams import BLOCK, HAZARDS, stream

NAME = "design prior"
KEY = 2**20  # of its random streams, where a scenario has its position


class Truth(Protocol):
    """What is true of the patients of simulated trials.

    Attributes
    ----------
    name : str
    key : int
        Of its random streams.
    """

    name: str
    key: int

    def of_block(self, design: Design, seed: int, block: int) -> Mapping[str, tuple]:
        """Return each arm's truths in a block of trials, one per stratum, as the endpoint keeps them."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """A scenario: the same truth in every trial."""

    scenario: Scenario
    key: int

    @property
    def name(self) -> str:
        """The scenario's."""
        return self.scenario.name

    def of_block(self, design: Design, seed: int, block: int) -> Mapping[str, tuple]:
        """Return each arm's truths, one per stratum, whatever the block."""
        return {arm: design.truths(self.scenario, arm) for arm in design.arms}


def assumed(design: Design) -> tuple[Assumed, ...]:
    """Return the scenarios of a design as truths, their streams keyed by their places."""
    return tuple(Assumed(scenario, i) for i, scenario in enumerate(design.scenarios))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A truth of its own for every trial, drawn from what is believed of each component."""

    design: Design
    beliefs: Mapping[str, Belief]
    name: str = NAME
    key: int = KEY

    def linear(self, seed: int, block: int) -> dict[str, np.ndarray]:
        """Return each arm's parameters (T, S) of the linear scale in a block of trials."""
        rng = stream(seed, KEY, block, HAZARDS)
        drawn = {name: _drawn(belief, rng, BLOCK) for name, belief in self.beliefs.items()}
        return self.design.linear_by_arm(drawn)

    def of_block(self, design: Design, seed: int, block: int) -> Mapping[str, tuple]:
        """Return each arm's truths in a block of trials, as the endpoint keeps them."""
        return {arm: design.endpoint.drawn(own) for arm, own in self.linear(seed, block).items()}


def not_drawn(design: Design) -> list[str]:
    """Return why there is no answer under the design prior of a design that has one."""
    if design.design_prior is None:
        return []
    before = design.before_infusion
    if design.endpoint.has_nuisance:
        return [
            "no answer under `design_prior`: it draws no shapes, and the endpoint must have none; got "
            f"{design.endpoint.label}. Use `distribution: exponential`, or ask under scenarios."
        ]
    if before is not None and before.counted == "event":
        return [
            "no answer under `design_prior`: its hazards are those of the infused, and "
            "`before_infusion.counted: event` makes success a matter of a composite. Ask under "
            "scenarios."
        ]
    return []


def truths_drawn(design: Design) -> Drawn | None:
    """Return the design prior of a design, if it has one that truths can be drawn from."""
    if design.design_prior is None or not_drawn(design):
        return None
    design = changed(design, model=design.design_prior)
    beliefs = {}
    for name in design.model.components():
        beliefs[name] = believed(design, name, component_axis(design, name, DRAWN_TRUTHS))
    return Drawn(design, beliefs)


def _drawn(belief: Belief, rng: np.random.Generator, trials: int) -> np.ndarray:
    """Draw the strata's parameters (T, S) from a belief."""
    uniform = rng.random((trials, 2 + belief.n_strata))
    below = np.cumsum(np.maximum(belief.weight * belief.totals.prod(axis=1), 0.0))
    node = np.minimum(np.searchsorted(below / below[-1], uniform[:, 0]), below.size - 1)
    grid, out = belief.grid, np.empty((trials, belief.n_strata))
    for s in range(belief.n_strata):
        mass = belief.mass[node, s]
        mass = mass / mass.sum(axis=1, keepdims=True)
        out[:, s] = panel_quantiles(grid, mass, uniform[:, 2 + s])
        point = (mass != 0).sum(axis=1) == 1
        at = mass.argmax(axis=1)[point]
        out[point, s] = grid.nodes[at] + (uniform[point, 1] - 0.5) * grid.weights[at]
    return out


def drawn_parameters(truth: Drawn, seed: int, trials: int) -> dict[str, np.ndarray]:
    """Return the parameters (T, S) of each arm that are true in the first trials."""
    blocks = [truth.linear(seed, block) for block in range(-(-trials // BLOCK))]
    return {arm: np.concatenate([own[arm] for own in blocks])[:trials] for arm in blocks[0]}


def effective(design: Design, linear: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return whether parameters (T, S) of the arms lie in the success region of every criterion."""
    sides = design.compared(linear)
    held = [c.holds(design.estimand(c).value(*sides)) for c in design.decision]
    return np.logical_and.reduce(held)
