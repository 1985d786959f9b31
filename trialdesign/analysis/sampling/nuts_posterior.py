"""What NUTS has drawn from a posterior, and whether the draws can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trialdesign.analysis.sampling import pymc_backend as seam
from trialdesign.analysis.sampling.drawn import Drawn

if TYPE_CHECKING:
    from xarray import DataTree

MAX_RHAT, MIN_ESS = 1.01, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class NutsPosterior(Drawn):
    """Draws of the components' parameters by NUTS.

    Attributes
    ----------
    diagnostics : seam.Diagnostics
        The worst over each component's parameter and all hyperparameters.
    sampler : str
        ``nutpie`` or ``pymc``.
    sampled : DataTree or None
        The groups ``posterior`` and ``sample_stats`` as the sampler returned them, which also hold the
        hyperparameters.
    """

    diagnostics: seam.Diagnostics
    sampler: str
    sampled: DataTree | None = field(default=None, repr=False, compare=False)

    @property
    def converged(self) -> bool:
        """Whether R-hat is at most 1.01, every ESS at least 400, and no transition diverged."""
        return not self.shortcomings()

    def shortcomings(self) -> tuple[str, ...]:
        """Return what misses the targets of convergence, a sentence part each."""
        d = self.diagnostics
        missed = {
            f"R-hat is {d.rhat:.3f}, above {MAX_RHAT}": not d.rhat <= MAX_RHAT,  # also when it is nan
            f"the bulk ESS is {d.ess_bulk:.0f}, below {MIN_ESS}": not d.ess_bulk >= MIN_ESS,
            f"the tail ESS is {d.ess_tail:.0f}, below {MIN_ESS}": not d.ess_tail >= MIN_ESS,
            f"{d.divergences} transitions diverged": d.divergences > 0,
        }
        return tuple(text for text, applies in missed.items() if applies)
