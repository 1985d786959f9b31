"""Binary endpoint: n patients of whom some respond; the linear scale is the logit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from scipy import special

from trialdesign.endpoints import _estimands as estimands
from trialdesign.endpoints._described import Described, Results, Scale
from trialdesign.endpoints._endpoint import EndpointKind, expectable
from trialdesign.endpoints._evidence_row import EvidenceRow
from trialdesign.probability import intervals
from trialdesign.probability.distributions.real_line import Beta, Distribution, Normal
from trialdesign.specification.types import Measures, Probability, Published, Text, specification


@specification
class BinaryRow(EvidenceRow):
    """Responders among n patients of one stratum in one study.

    Attributes
    ----------
    n : int
        Patients.
    responders : int
        Patients who responded.
    """

    n: Published
    responders: Published

    def __post_init__(self) -> None:
        if self.responders > self.n:
            raise ValueError(
                f"`responders` must be at most n = {self.n}; got {self.responders}. "
                "Correct one of the two counts."
            )


@specification
class BinaryPatient:
    """Whether one patient responded."""

    response: Literal[0, 1]


@specification
class Binary(EndpointKind):
    """Response yes or no.

    Statistics are ``(n, responders)``; the parameter is the logit of the response probability.

    Attributes
    ----------
    name : str
        The outcome, in words.
    """

    kind: Literal["binary"] = "binary"
    name: Text = "response"
    measures: Measures = "response"

    Row: ClassVar[type] = BinaryRow
    Patient: ClassVar[type] = BinaryPatient
    columns: ClassVar[tuple[str, ...]] = ("n", "responders")
    patient_columns: ClassVar[tuple[str, ...]] = ("response",)
    scale: ClassVar[Scale] = Scale(
        name="probability",
        to_natural=special.expit,
        to_linear=special.logit,
        family="beta",
        linear_label="logit of the response rate",
        natural_label="response rate",
        effect_label="odds ratio",
        axis_label="Response rate (proportion)",
        effect_axis_label="Odds ratio",
        axis="unit",
        effect_axis="log",
    )
    results: ClassVar[Results] = Results(
        size="patients",
        count="responders",
        in_size="of {:g}",
        axis_label="Observed response rate (proportion)",
        planned=True,
        told_at="fraction",
    )
    limits: ClassVar[tuple[float, float]] = (-20.0, 20.0)  # 2e-9 from a probability of 0 or 1
    listable: ClassVar[bool] = True

    @property
    def weak(self) -> dict[str, Distribution]:
        """Priors that say next to nothing: uniform on a response probability; an odds ratio from 1/130
        to 130 with 95 % probability."""
        uniform = Beta(alpha=1.0, beta=1.0)
        return {"control": uniform, "treatment": uniform, "effect": Normal(mu=0.0, sigma=2.5)}

    def estimands(
        self, at: float | None = None, to: float | None = None, horizon: float | None = None
    ) -> dict[str, estimands.Estimand]:
        """Return the estimands that a criterion may name; none of them has a time."""
        expit = special.expit
        found = {
            "Response rate (proportion)": estimands.of_treatment("response", expit, 1.0),
            "Difference in response rates\n(treatment - control)": estimands.difference(
                "difference", expit, 1.0
            ),
            "Ratio of response rates\n(treatment / control)": estimands.ratio("ratio", expit),
            "Log odds ratio\n(treatment / control)": estimands.contrast("log_odds_ratio"),
        }
        return estimands.named(found)

    def by_arm(self, at: float | None = None) -> dict[str, estimands.Estimand]:
        """Return each arm's response probability; none of them has a month."""
        return estimands.of_each_arm("response", special.expit, 1.0)

    def arm_quantity(self, at: float | None = None) -> str:
        """Return what `by_arm` is, in words."""
        return "Response rate"

    def statistics(self, row: BinaryRow, reading: str) -> np.ndarray:
        """Return statistics (2,) of published data."""
        return np.array([row.n, row.responders], dtype=float)

    def describe(self, statistics: np.ndarray) -> Described:
        """Return published statistics (2,) in words, with the interval of Clopper and Pearson."""
        n, responders = map(float, statistics)
        rate = responders / n if n else np.nan
        told = f"{responders:g} of {n:g}"
        return Described(n, responders, told, rate, *intervals.of_proportion(responders, n))

    def one_sided(self, statistics: np.ndarray) -> str | None:
        """Return what published statistics (J, 2) say if all or none responded."""
        n, responders = statistics.sum(axis=0)
        if not n or responders not in (0, n):
            return None
        result = "responded" if responders else "failed to respond"
        return f"all {n:g} patients of the evidence {result}"

    def log_likelihood(self, statistics: np.ndarray, linear: np.ndarray) -> np.ndarray:
        """Return r log p + (n - r) log(1 - p), shape (..., G), for statistics (..., 2)."""
        n, responders = statistics[..., 0, None], statistics[..., 1, None]
        return responders * special.log_expit(linear) + (n - responders) * special.log_expit(-linear)

    def twin_log_likelihood(self, pm, statistics: np.ndarray, linear):
        """Return the same in PyTensor, elementwise: statistics (..., 2), linear (...)."""
        n, responders = statistics[..., 0], statistics[..., 1]
        return responders * linear - n * pm.math.log1pexp(linear)

    def information(self, linear: np.ndarray, statistics: np.ndarray) -> np.ndarray:
        """Return the Fisher information n p (1 - p) of statistics (2,), shape of linear.

        Where far more, or far fewer, would be expected to respond than did, the likelihood has vanished,
        and its sharpness with it.
        """
        n, responders = statistics
        expected = n * special.expit(linear) * special.expit(-linear)
        return np.minimum(expected, expectable(min(responders, n - responders)))

    def planned(self, size: int) -> np.ndarray:
        """Return statistics (2,) that stand for a planned arm of that size, for its information."""
        return np.array([size, size / 2])

    def extremes(self, size: int, truths: Sequence[float]) -> np.ndarray:
        """Return the most extreme statistics (2, 2) of an arm of that size: none and all respond."""
        return np.array([[size, 0.0], [size, size]])

    def worth(self, statistics: np.ndarray) -> float:
        """Return how many planned patients are as informative as statistics (2,)."""
        return float(statistics[0])

    def truth(self, value: Probability) -> float:
        """Return an assumed response probability on the linear scale; 0 and 1 give infinities."""
        return float(special.logit(value))

    def truth_problem(self, value: object) -> str | None:
        """Return what is wrong with an assumed truth, or None."""
        if not isinstance(value, (int, float)):
            return (
                "a response rate must be a number in [0, 1]; got a survival curve. State a proportion."
            )
        if 0 <= value <= 1:
            return None
        return f"a response rate must lie in [0, 1]; got {value:g}. State it as a proportion."

    def outcomes(self, size: int) -> np.ndarray:
        """Return every outcome of an arm of that size, statistics (size + 1, 2)."""
        responders = np.arange(size + 1.0)
        return np.column_stack([np.full_like(responders, size), responders])

    def probabilities(self, outcomes: np.ndarray, truth: float | np.ndarray) -> np.ndarray:
        """Return the binomial probability of each outcome (I, 2) under a truth, shape (I,), or under
        several (G,), shape (I, G)."""
        n, r = (outcomes[:, i].reshape(-1, *np.ones(np.ndim(truth), int)) for i in range(2))
        p, q = special.expit(truth), special.expit(-truth)
        log_choose = -special.betaln(r + 1, n - r + 1) - np.log1p(n)
        return np.exp(log_choose + special.xlogy(r, p) + special.xlogy(n - r, q))

    def simulate(
        self, rng: np.random.Generator, truth: tuple[float, ...], size: np.ndarray, trials: int,
        conduct: object = None,
    ) -> np.ndarray:  # fmt: skip
        """Return simulated statistics (T, S, 2) for truths and sizes of S strata."""
        responders = rng.binomial(size, special.expit(np.array(truth)), size=(trials, len(size)))
        return np.stack([np.broadcast_to(size, responders.shape), responders], axis=-1).astype(float)

    def replicate(
        self, rng: np.random.Generator, statistics: np.ndarray, linear: np.ndarray
    ) -> np.ndarray:
        """Return responders (...) among other patients, as many as in statistics (..., 2)."""
        return rng.binomial(statistics[..., 0].astype(int), special.expit(linear))

    def summarise(self, response: np.ndarray) -> np.ndarray:
        """Return statistics (2,) of patients' responses, each 0 or 1."""
        return np.array([response.size, response.sum()], dtype=float)

    def predictive(
        self, linear: np.ndarray, mass: np.ndarray, size: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return every count of responders, (N,), and its binomial probabilities (N, G)."""
        outcomes = self.outcomes(int(size))
        return outcomes[:, 1].astype(int), self.probabilities(outcomes, linear)
