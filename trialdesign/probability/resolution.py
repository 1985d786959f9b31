"""Resolutions: how fine the grids are for each purpose, and the error that this leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from trialdesign.probability.grid import REACH, UNDERFLOW

COARSER, FINER = 1.25, 1.6  # steps to the resolution that judges another, and to the next


@dataclass(frozen=True, slots=True)
class Resolution:
    """How fine the grids are; the defaults hold posterior probabilities to 1e-5.

    Attributes
    ----------
    panel : float
        Width of a panel in standard deviations of the sharpest likelihood.
    widest : float
        Largest width of a panel on the linear scale, whatever the likelihood.
    scale_nodes : int
        Nodes for a between-strata standard deviation.
    crossed : tuple of (int or None, int)
        Nodes kept of the control and of the effect in a contrast model where both borrow and their
        nodes are crossed; None keeps all.  The default holds posterior probabilities to 4e-4, which
        a simulation can afford; `FULL` holds 1e-5.
    sds : float
        Standard deviations around its mean in which a normal distribution given a node has mass.
    margin : float
        Fraction of its own length by which the range of a grid is lengthened at both ends.
    sharp_truths : bool
        Whether coverage of assumed truths must be as accurate as the criteria; where it is simulated,
        a panel edge at each truth leaves it well within its Monte Carlo error.
    whole : bool
        Whether the grid holds a prior also where no likelihood changes any more, as its mean and its
        standard deviation ask; it then ends `axis.FARTHEST` from 0 at the latest.
    shifted : bool
        Whether panel edges lie half a panel further than usual.
    """

    panel: float = 4.0
    widest: float = 2.0
    scale_nodes: int = 24
    crossed: tuple[int | None, int] = (400, 200)
    sds: float = REACH
    margin: float = 0.0
    sharp_truths: bool = True
    whole: bool = False
    shifted: bool = False

    def doubled(self) -> Resolution:
        """Return the resolution with every grid twice as fine."""
        return self._finer(2.0)

    def coarser(self) -> Resolution:
        """Return a cheaper resolution, against which the error of this one is judged.

        Its own error is several times as large, so that the difference bounds the error of this one;
        it reaches further around each node, so that a mass which was dropped too early is noticed; its
        panels lie elsewhere, so that it does not miss the same as this one.
        """
        return replace(self._finer(1 / COARSER), sds=(REACH + UNDERFLOW) / 2, shifted=True)

    def refined(self) -> Resolution:
        """Return the next finer resolution, for results that miss their accuracy."""
        return replace(self._finer(FINER), sds=UNDERFLOW, margin=self.margin + 0.25)

    def beside_shapes(self) -> Resolution:
        """Return the resolution of an endpoint with a shape, one axis more, for a target of 1e-3: 1e-5
        is left."""
        return replace(self, panel=2 * self.panel)

    def _finer(self, factor: float) -> Resolution:
        crossed = tuple(n and round(n * factor) for n in self.crossed)
        nodes = round(self.scale_nodes * factor)
        return replace(
            self, panel=self.panel / factor, widest=self.widest / factor, scale_nodes=nodes,
            crossed=crossed,
        )  # fmt: skip


# Posterior probabilities under `Resolution()`: 1e-5; 4e-4 where control and effect are crossed.

# One analysis, where time is no concern: 1e-5, also where control and effect are crossed.
FULL = Resolution(crossed=(None, 400))
# One analysis without effects and shapes: 3e-5 in the probability of a quantile; FULL leaves 4e-4.
FULL_OF_SMALL = replace(FULL, panel=2.0)
# Simulated decisions: against `Resolution()` one in 100,000 flips, in half the time.
SIMULATED = Resolution(panel=8.0, widest=4.0, scale_nodes=12)
# Priors as such, as far as they live, in panels half as wide as likelihoods need: the distribution
# function is within 5e-7 of that of finer grids cut at the very point.
WHOLE = Resolution(widest=1.0, whole=True)
# Truths drawn from a design prior: the scatter of the strata is within 1 % of that of finer grids, at
# its worst where it is smallest (a between-strata sd of 0.02).
DRAWN_TRUTHS = Resolution(panel=8.0, widest=0.25, scale_nodes=12)
# Predicted events: finer grids move no probability by more than 1e-4.
PREDICTED = Resolution(panel=8.0, widest=5.0, scale_nodes=12)
