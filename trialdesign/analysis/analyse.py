"""The planned analysis of one data set, on the grid or by NUTS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from trialdesign.analysis.accuracy import TARGET, inaccuracy
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.analysis.on_grid import OnGrid
from trialdesign.analysis.sampling.nuts import NutsPosterior, sample_posterior
from trialdesign.analysis.summaries import arms_of, month_of, posterior_of, results_of
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design, changed
from trialdesign.design.result import Result
from trialdesign.errors import SpecificationError

if TYPE_CHECKING:
    from xarray import DataTree

ENGINES = ("quadrature", "nuts")
DRAWS = 1000  # a chain, from the grid; independent, they are worth more than 2,500 by NUTS
LARGEST_ARM = 10_000  # patients of an arm in a stratum; grids for more would not fit in memory


@dataclass(frozen=True, slots=True, repr=False)
class Analysis(Result):
    """What one data set says.

    Attributes
    ----------
    design : Design
    engine : str
        ``quadrature`` or ``nuts``.
    results : tuple of dict
        ``stratum, criterion, probability, met``: does the posterior probability exceed its threshold?
    posterior : tuple of dict
        ``stratum, estimand, mean, sd, q2.5, q25, q50, q75, q97.5`` of each estimand that a criterion
        names and of each component's parameter on the linear scale.
    arms : tuple of dict
        ``stratum, arm, estimand`` and the same numbers of each arm's own response rate, or of its
        event-free survival at the month that the criteria name (`Endpoint.by_arm`).
    success : dict of str to bool
        Whether a stratum meets every criterion.
    diagnostics : dict or None
        Of NUTS: ``sampler, chains, draws, rhat, ess_bulk, ess_tail, divergences``.
    seed : int or None
        Of NUTS.
    seconds : float
    accuracy : float or None
        Estimated numerical error of the posterior probabilities, of the grid.
    warnings : tuple of str
    converged : bool
        False if NUTS missed a target of convergence, or the grid its accuracy.
    found : OnGrid or NutsPosterior
        The posterior itself: ``below(estimand)`` is its distribution function.
    data : TrialData
    """

    design: Design
    engine: str
    results: tuple[dict, ...]
    posterior: tuple[dict, ...]
    arms: tuple[dict, ...]
    success: dict[str, bool]
    diagnostics: dict | None
    seed: int | None
    seconds: float
    accuracy: float | None = None
    warnings: tuple[str, ...] = ()
    converged: bool = True
    found: OnGrid | NutsPosterior | None = field(default=None, repr=False, compare=False)
    data: TrialData | None = field(default=None, repr=False, compare=False)

    @property
    def arm_quantity(self) -> str:
        """What `arms` is about, in words, e.g. ``Response rate``."""
        return self.design.endpoint.arm_quantity(month_of(self.design))

    @property
    def rows(self) -> tuple[dict, ...]:
        """The criteria's results."""
        return self.results

    def told(self) -> Iterator[str]:
        """Yield the engine and each criterion's posterior probability."""
        yield f"{self.engine}; {self.seconds:.1f} s"
        each = [
            f"{row['stratum']} {row['criterion']}: {row['probability']:.4f}, "
            f"{'met' if row['met'] else 'not met'}"
            for row in self.results
        ]
        yield "; ".join(each)

    def posterior_to_dataframe(self):
        """Return the summaries of the posterior as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame(list(self.posterior))

    def arms_to_dataframe(self):
        """Return the summaries of each arm, on the natural scale, as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame(list(self.arms))

    def to_datatree(self, seed: int | None = None, draws: int = DRAWS) -> DataTree:
        """Return draws, data and predictions as ArviZ takes them, an `xarray.DataTree`.

        Its groups are ``posterior``, ``prior`` (the analysis prior, its evidence counted), both with
        the estimands; ``observed_data`` and ``constant_data``; ``posterior_predictive`` and
        ``prior_predictive``, the same outcomes in other patients (`EndpointKind.replicate`), where the
        endpoint has them; and of NUTS ``sample_stats`` and ``sample_stats_prior``.

        Parameters
        ----------
        seed : int, optional
            Of the draws and predictions; that of NUTS, or the design's own, unless stated.
        draws : int
            Draws a chain, four chains, from the grid.  Those of NUTS are as they were sampled; its
            prior is sampled now, and takes as long again.
        """
        from trialdesign.analysis.sampling.datatree import analysis_tree

        return analysis_tree(self, self._seed(seed), draws)

    def predictive(self, seed: int | None = None, draws: int = DRAWS) -> DataTree:
        """Return the data and the posterior's predictions alone, as in `to_datatree`."""
        from trialdesign.analysis.sampling.datatree import predictive_tree

        return predictive_tree(self, self._seed(seed), draws)

    def _seed(self, wanted: int | None) -> int:
        known = self.design.simulation.seed if self.seed is None else self.seed
        return known if wanted is None else wanted


@on_one_thread
def analyse(
    design: Design, data: TrialData, engine: str = "quadrature", seed: int | None = None
) -> Analysis:
    """Analyse the data of a trial as its design plans it.

    Parameters
    ----------
    design : Design
        Its evidence loaded.
    data : TrialData
    engine : {"quadrature", "nuts"}
        The grid, accurate to 1e-5 in any posterior probability, or draws by PyMC.
    seed : int, optional
        Of NUTS; the design's own unless stated.

    Raises
    ------
    SpecificationError
        The design contradicts itself, or the data are not those of such a trial.
    ConvergenceError
        Data or evidence contradict the model beyond double precision.
    """
    started = time.perf_counter()
    if engine not in ENGINES:
        raise SpecificationError(f"`engine` must be one of {', '.join(ENGINES)}; got {engine!r}.")
    expected = {arm: len(design.strata) for arm in design.arms}
    if {arm: len(each) for arm, each in data.statistics.items()} != expected:
        raise SpecificationError(
            "`data` must have the design's arms and strata; got others. Read them with this design."
        )
    if engine == "quadrature":
        found, nuts, seed = OnGrid.of(_widened(design, data), data), None, None
    else:
        seed = design.simulation.seed if seed is None else seed
        found = nuts = sample_posterior(design, data.outcomes, seed=seed, patients=data.patients)
    results = tuple(results_of(design, found))
    if nuts is None:
        accuracy, warnings = found.accuracy, inaccuracy(found.accuracy, TARGET)
    else:
        text = "NUTS has not converged: {}. Use --engine quadrature."
        accuracy, warnings = None, tuple(map(text.format, nuts.shortcomings()))
    return Analysis(
        design=design,
        engine=engine,
        results=results,
        posterior=tuple(posterior_of(design, found)),
        arms=tuple(arms_of(design, found)),
        success={
            stratum: all(row["met"] for row in results if row["stratum"] == stratum)
            for stratum in design.strata
        },
        diagnostics=None if nuts is None else _diagnostics(nuts),
        seed=seed,
        seconds=time.perf_counter() - started,
        accuracy=accuracy,
        warnings=warnings,
        converged=not warnings,
        found=found,
        data=data,
    )


def _diagnostics(nuts: NutsPosterior) -> dict:
    n_draws = len(next(iter(nuts.draws.values()))) // nuts.chains
    shape = {"sampler": nuts.sampler, "chains": nuts.chains, "draws": n_draws}
    return shape | asdict(nuts.diagnostics)


def _widened(design: Design, data: TrialData) -> Design:
    """Return the design with sizes no smaller than the data's, to which its grids are fitted."""
    arms = {}
    for name, arm in design.arms.items():
        worth = [design.endpoint.worth(row) for row in data.statistics[name]]
        if max(worth) > max(LARGEST_ARM, *arm.sizes):
            stratum = design.strata[int(np.argmax(worth))]
            raise SpecificationError(
                f"data must have at most {LARGEST_ARM} patients in an arm of a stratum; got "
                f"{max(worth):.0f} in {stratum}, {name}. Correct the count, or use --engine nuts."
            )
        larger = [max(n, int(np.ceil(w - 1e-6))) for n, w in zip(arm.sizes, worth, strict=True)]
        arms[name] = replace(arm, sizes=tuple(larger))
    return changed(design, arms=arms)
