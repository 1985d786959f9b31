"""The priors that a design's evidence implies, with all that is told of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from trialdesign.analysis.analyse import ENGINES
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design
from trialdesign.design.result import Result
from trialdesign.errors import SpecificationError
from trialdesign.priors.ess.of_design import approximate
from trialdesign.priors.mixtures.fit import MixtureFit
from trialdesign.priors.mixtures.rbest_json import of_prior, write_mixture
from trialdesign.priors.notes import prior_notes
from trialdesign.priors.readings import ReadingRow, fit_over_readings
from trialdesign.priors.summary import Prior, PriorRow, grounds_of, summarise

if TYPE_CHECKING:
    from xarray import DataTree

    from trialdesign.analysis.sampling.nuts import NutsPosterior


@dataclass(frozen=True, slots=True, repr=False)
class FittedPriors(Result):
    """Moments and quantiles of the analysis priors, and what they rest on.

    Attributes
    ----------
    design : Design
    rows : tuple of PriorRow
        Of each component and stratum, on the linear and the natural scale.
    priors : tuple of Prior
        The priors themselves, from the grid.
    notes : tuple of str
        What each prior rests on, in a line.
    readings : tuple of ReadingRow
        The same rows under each reading of exposures known as bounds; empty without such.
    fits : tuple of MixtureFit
        Each prior as a mixture, if asked for.
    drawn : NutsPosterior or None
        Draws by NUTS, from which the rows then are.
    seed : int or None
        Of NUTS.
    seconds : float
    warnings : tuple of str
        That NUTS has not converged.
    """

    design: Design
    rows: tuple[PriorRow, ...]
    priors: tuple[Prior, ...]
    notes: tuple[str, ...]
    readings: tuple[ReadingRow, ...]
    fits: tuple[MixtureFit, ...]
    drawn: NutsPosterior | None
    seed: int | None
    seconds: float
    warnings: tuple[str, ...]

    @property
    def method(self) -> str:
        """``quadrature`` or ``nuts``."""
        return "quadrature" if self.drawn is None else "nuts"

    @property
    def converged(self) -> bool:
        """Whether NUTS, if it was asked, has converged."""
        return not self.warnings

    @property
    def diagnostics(self) -> dict[str, Any] | None:
        """Of NUTS: ``sampler, chains, rhat, ess_bulk, ess_tail, divergences``."""
        if self.drawn is None:
            return None
        known = {"sampler": self.drawn.sampler, "chains": self.drawn.chains}
        return known | asdict(self.drawn.diagnostics)

    def told(self) -> Iterator[str]:
        """Yield the method and the mean of each prior on its natural scale."""
        yield f"{self.method}; {self.seconds:.1f} s"
        natural = [row for row in self.rows if row.scale == "natural"]
        each = [f"{row.component}, {row.stratum} {row.mean:.3g}" for row in natural]
        yield f"prior mean, natural scale: {'; '.join(each)}"

    def records(self) -> list[dict[str, Any]]:
        """Return the rows with a column for each quantile."""
        return [row.to_dict() for row in self.rows]

    def stated_weights(self) -> list[dict[str, Any]]:
        """Return how much of each prior was stated and is not from patients."""
        return [
            _where(prior) | {"share": prior.stated_weight, "vague_weight": prior.vague_weight}
            for prior in self.priors
        ]

    def mixtures(self) -> list[dict[str, Any]]:
        """Return each prior as a mixture that a design can name, with the divergence of the fit."""
        if not self.fits:
            return []
        return [
            _where(prior) | {"divergence": fit.divergence, "prior": fit.mixture.to_dict()}
            for prior, fit in zip(self.priors, self.fits, strict=True)
        ]

    def to_datatree(self, seed: int | None = None) -> DataTree:
        """Return draws of all priors, before and after their evidence, as ArviZ takes them.

        Whatever component and stratum were asked for: see `trialdesign.priors.datatree.priors_tree`.
        """
        from trialdesign.priors.datatree import priors_tree

        return priors_tree(self.design, self.drawn, seed)

    def to_rbest(self) -> str:
        """Return the mixture as RBesT's JSON.

        Raises
        ------
        SpecificationError
            There is not exactly one prior, as a mixture.
        """
        if len(self.fits) != 1:
            raise SpecificationError(
                f"RBesT's JSON must be of one mixture; got {len(self.fits)}. Fit one component in one "
                "stratum, with mixture=True."
            )
        return write_mixture(of_prior(self.design, self.fits[0].mixture))


@on_one_thread
def fit_priors(
    design: Design,
    component: str | None = None,
    stratum: str | None = None,
    engine: str = "quadrature",
    mixture: bool = False,
    parts: int | None = None,
    seed: int | None = None,
) -> FittedPriors:
    """Return moments and quantiles of the analysis priors, on the linear and the natural scale.

    Parameters
    ----------
    design : Design
    component : str, optional
        ``control``, ``treatment`` or ``effect``; all of them unless stated.
    stratum : str, optional
        One stratum; all of them unless stated.
    engine : {"quadrature", "nuts"}
        The grid, whose quantiles are within 1e-6 in probability of what finer grids give, or draws by
        PyMC.
    mixture : bool
        Whether each prior is approximated by a mixture of the endpoint's conjugate family.
    parts : int, optional
        Parts of each mixture, which this asks for as well; chosen by AIC unless stated.
    seed : int, optional
        Of NUTS; the design's own unless stated.

    Returns
    -------
    FittedPriors

    Raises
    ------
    SpecificationError
        The design has no such component or stratum, or a row of its evidence has no patients.
    """
    started = time.perf_counter()
    if engine not in ENGINES:
        raise SpecificationError(f"`engine` must be one of {', '.join(ENGINES)}; got {engine!r}.")
    if stratum is not None and stratum not in design.strata:
        known = ", ".join(design.strata)
        raise SpecificationError(
            f"`stratum` must be one of {known}; got {stratum}. Choose one of these."
        )
    grounds = grounds_of(design, component)
    every = [prior for ground in grounds for prior in ground.priors(design)]
    priors = [prior for prior in every if stratum in (None, prior.stratum)]
    readings = fit_over_readings(design, grounds, every)
    drawn, seed = _drawn(design, engine, seed)
    fits = []
    if mixture or parts is not None:
        fits = [approximate(design, prior, parts) for prior in priors]
    missed = () if drawn is None else drawn.shortcomings()
    return FittedPriors(
        design=design,
        rows=tuple(_rows(design, priors, drawn)),
        priors=tuple(priors),
        notes=tuple(prior_notes(design, priors)),
        readings=tuple(each for each in readings if stratum in (None, each.row.stratum)),
        fits=tuple(fits),
        drawn=drawn,
        seed=seed,
        seconds=time.perf_counter() - started,
        warnings=tuple(f"NUTS has not converged: {text}. Use --engine quadrature." for text in missed),
    )


def _drawn(design: Design, engine: str, seed: int | None) -> tuple[NutsPosterior | None, int | None]:
    """Return draws by NUTS and their seed, where that is the engine."""
    if engine != "nuts":
        return None, None
    from trialdesign.priors.by_nuts import draw_priors

    return draw_priors(design, seed), design.simulation.seed if seed is None else seed


def _rows(design: Design, priors: Sequence[Prior], drawn: NutsPosterior | None) -> Iterator[PriorRow]:
    if drawn is None:
        for prior in priors:
            yield from summarise(prior)
        return
    from trialdesign.priors.by_nuts import rows_of_draws

    wanted = {(prior.component, prior.stratum) for prior in priors}
    for row in rows_of_draws(design, drawn):
        if (row.component, row.stratum) in wanted:
            yield row


def _where(prior: Prior) -> dict[str, Any]:
    return {"component": prior.component, "stratum": prior.stratum}
