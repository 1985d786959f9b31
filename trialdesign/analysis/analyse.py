"""The planned analysis of one data set, on the grid or by NUTS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from trialdesign.analysis.accuracy import TARGET, accurately, inaccuracy
from trialdesign.analysis.build import Assembled
from trialdesign.analysis.data import TrialData
from trialdesign.analysis.nuts import NutsPosterior, sample_posterior
from trialdesign.design.consistency import check
from trialdesign.design.design import Criterion, Design
from trialdesign.errors import SpecificationError
from trialdesign.probability.axis import FULL
from trialdesign.probability.estimand_cdf import Tails
from trialdesign.probability.quantiles import LEVELS, discrete_quantiles, find_quantiles, guess_quantiles

ENGINES = ("quadrature", "nuts")
FINE = replace(FULL, panel=2.0)  # 4 leaves 4e-4 in the probability of a quantile, 2 leaves 3e-5
LARGEST_ARM = 10_000  # patients of an arm in a stratum; grids for more would not fit in memory


@dataclass(frozen=True, slots=True)
class Analysis:
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
    """

    design: Design
    engine: str
    results: tuple[dict, ...]
    posterior: tuple[dict, ...]
    success: dict[str, bool]
    diagnostics: dict | None
    seed: int | None
    seconds: float
    accuracy: float | None = None
    warnings: tuple[str, ...] = ()
    converged: bool = True

    def to_dataframe(self):
        """Return the criteria's results as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame(list(self.results))

    def posterior_to_dataframe(self):
        """Return the summaries of the posterior as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame(list(self.posterior))


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
    check(design)
    started = time.perf_counter()
    if engine not in ENGINES:
        raise SpecificationError(f"`engine` must be one of {', '.join(ENGINES)}; got {engine!r}.")
    expected = {arm: len(design.strata) for arm in design.arm_names}
    if {arm: len(each) for arm, each in data.statistics.items()} != expected:
        raise SpecificationError(
            "`data` must have the design's arms and strata; got others. Read them with this design."
        )
    if engine == "quadrature":
        found, nuts, seed = _OnGrid.of(_widened(design, data), data), None, None
    else:
        seed = design.simulation.seed if seed is None else seed
        found = nuts = sample_posterior(design, data.outcomes, seed=seed, patients=data.patients)
    results = tuple(_results(design, found))
    if nuts is None:
        accuracy, warnings = found.accuracy, inaccuracy(found.accuracy, TARGET)
    else:
        text = "NUTS has not converged: {}. Use --engine quadrature."
        accuracy, warnings = None, tuple(map(text.format, nuts.shortcomings()))
    return Analysis(
        design=design,
        engine=engine,
        results=results,
        posterior=tuple(_posterior(design, found)),
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
    )


def _diagnostics(nuts: NutsPosterior) -> dict:
    n_draws = len(next(iter(nuts.draws.values()))) // nuts.chains
    shape = {"sampler": nuts.sampler, "chains": nuts.chains, "draws": n_draws}
    return shape | asdict(nuts.diagnostics)


def _results(design: Design, found: _OnGrid | NutsPosterior) -> Iterator[dict]:
    """Yield whether each stratum meets each criterion."""
    probabilities = [found.probabilities(criterion) for criterion in design.decision]
    for s, stratum in enumerate(design.strata):
        for criterion, each in zip(design.decision, probabilities, strict=True):
            probability = float(np.clip(each[s], 0, 1))
            yield {
                "stratum": stratum,
                "criterion": criterion.label(design.estimand(criterion)),
                "probability": probability,
                "met": probability > criterion.probability,
            }


def _posterior(design: Design, found: _OnGrid | NutsPosterior) -> Iterator[dict]:
    """Yield the summary of each estimand and parameter in each stratum."""
    named: dict[str, Criterion] = {}
    for criterion in design.decision:
        named.setdefault(design.estimand(criterion).label, criterion)
    summaries = {name: found.estimand(c) for name, c in named.items()} | found.parameters()
    for s, stratum in enumerate(design.strata):
        for name, summary in summaries.items():
            numbers = zip(("mean", "sd", *LEVELS), map(float, summary[s]), strict=True)
            yield {"stratum": stratum, "estimand": name, **dict(numbers)}


@dataclass(frozen=True, slots=True)
class _OnGrid:
    """The posterior as masses (G, H), one array a stratum."""

    assembled: Assembled
    data: TrialData
    joint: list[np.ndarray]
    accuracy: float
    found: dict[str, list[np.ndarray]] = field(default_factory=dict)

    @classmethod
    def of(cls, design: Design, data: TrialData) -> _OnGrid:
        large = design.model.effect is not None or hasattr(design.endpoint, "shapes")
        found = accurately(design, FULL if large else FINE, data.outcomes)
        joint = found.assembled.model.joint(data.outcomes)
        return cls(found.assembled, data, joint, found.accuracy)

    def probabilities(self, criterion: Criterion) -> np.ndarray:
        """Return each stratum's probability (S,) of the statement that a criterion is about."""
        return _expect(self._joint(criterion), self.assembled.holds(criterion))

    def estimand(self, criterion: Criterion) -> np.ndarray:
        """Return mean, sd and quantiles of a criterion's estimand, (S, 2 + Q)."""
        values, joint = self.assembled.values(criterion), self._joint(criterion)
        mean = _expect(joint, values)
        squares = _expect(joint, values**2)
        below = self._below(criterion, values, joint)
        if below is None:
            quantiles = discrete_quantiles(values, joint, LEVELS.values())
        else:
            guesses = guess_quantiles(values, joint, LEVELS.values())
            quantiles = find_quantiles(below, guesses, LEVELS.values())
        return np.column_stack([mean, np.sqrt(np.maximum(squares - mean**2, 0)), quantiles])

    def _joint(self, criterion: Criterion) -> list[np.ndarray]:
        """Return the masses on the axes of a criterion's estimand."""
        estimand = self.assembled.design.estimand(criterion)
        if estimand.equivalent is None:
            return self.joint
        if estimand.label not in self.found:
            self.found[estimand.label] = self.assembled.model.joint(self.data.outcomes, estimand)
        return self.found[estimand.label]

    def _below(self, criterion: Criterion, values: np.ndarray, joint: list[np.ndarray]):
        """Return the distribution functions (S,) of a criterion's estimand; None where the masses are
        not those of two axes."""
        model = self.assembled.model
        if values.shape[1] == 1:  # the estimand ignores the partner: a cut costs no accuracy
            return lambda t: 1 - _expect(joint, self.assembled.exceeds(criterion, t))
        if values.shape[1] != model.partner.grid.n_nodes:
            return None
        value = model.value(self.assembled.design.estimand(criterion))
        return Tails(value, model.focus.grid, model.partner.grid, joint).below

    def parameters(self) -> dict[str, np.ndarray]:
        """Return the same of each component's parameter."""
        model = self.assembled.model
        sides = {model.focus_arm: (model.focus.grid, 1)}
        if model.partner is not None:
            sides = {model.partner_arm: (model.partner.grid, 0)} | sides
        order = [name for name in ("control", "treatment", "effect") if name in sides]
        return {name: self._parameter(*sides[name]) for name in order}

    def _parameter(self, grid, other: int) -> np.ndarray:
        """Return mean, sd and quantiles of the parameter that is left when the other axis is summed."""
        mass = np.stack([each.sum(axis=other) for each in self.joint])  # (S, G)
        mean = mass @ grid.nodes
        variance = (mass * (grid.nodes - mean[:, None]) ** 2).sum(axis=1)

        def below(x: float) -> np.ndarray:
            return mass @ grid.cumulative(np.array(x))

        quantiles = find_quantiles(below, grid.edges, LEVELS.values())
        return np.column_stack([mean, np.sqrt(np.maximum(variance, 0)), quantiles])


def _expect(joint: list[np.ndarray], matrix: np.ndarray) -> np.ndarray:
    return np.array([(mass * matrix).sum() for mass in joint])


def _widened(design: Design, data: TrialData) -> Design:
    """Return the design with sizes no smaller than the data's, to which its grids are fitted."""
    sizes = {}
    for arm in design.arm_names:
        planned = design.sizes(arm)
        worth = [design.endpoint.worth(row) for row in data.statistics[arm]]
        if max(worth) > max(LARGEST_ARM, *planned):
            stratum = design.strata[int(np.argmax(worth))]
            raise SpecificationError(
                f"data must have at most {LARGEST_ARM} patients in an arm of a stratum; got "
                f"{max(worth):.0f} in {stratum}, {arm}. Correct the count, or use --engine nuts."
            )
        larger = [max(n, int(np.ceil(w - 1e-6))) for n, w in zip(planned, worth, strict=True)]
        sizes[arm] = dict(zip(design.strata, larger, strict=True))
    return replace(design, sample_size=replace(design.sample_size, **sizes))
