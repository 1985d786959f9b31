"""The written contract of an endpoint: what each kind declares, and what it has unless stated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from trialdesign.endpoints._described import Described, Results, Scale
from trialdesign.endpoints._estimands import Estimand
from trialdesign.probability.distributions.real_line import Distribution


class EndpointKind:
    """What is measured on a patient, and how its distribution depends on an arm's parameter.

    Statistics of a group of patients are arrays (..., M), ``columns`` their names; the parameter lives
    on the linear scale.

    Attributes
    ----------
    kind : str
        Its name in a design file: the module's.
    name : str
        The outcome in words.
    measures : {"response", "relapse", "adverse_event", "other"}
    Row, Patient : type
        A row of published data; a patient of a data file.
    columns, patient_columns : tuple of str
        What a row per arm and stratum, and a row per patient, hold in a data file.
    summarised : bool
        Whether a trial may be analysed from one row per arm and stratum.
    scale : Scale
    results : Results or None
        None where results are no single number.
    limits : tuple of float
        Where the linear scale ends.
    unit : str
        What one unit of information is: ``patients``, ``events``.
    needs : dict of str to str
        Estimand -> the time that a criterion on it must name, ``at`` or ``to``.
    runs_in_time : bool
        Whether accrual and follow-up decide what is seen.
    has_nuisance : bool
        Whether the distribution has a shape beside its parameter, which is summed out.
    listable : bool
        Whether an arm's outcomes are none to all of its patients, binomial in the natural parameter:
        `outcomes`, in that order, and `probabilities` are there.
    constant_hazard : bool
        Whether the parameter is all that there is to an arm's survival.
    """

    __slots__ = ()
    kind: str
    name: str
    measures: str
    Row: ClassVar[type]
    Patient: ClassVar[type]
    columns: ClassVar[tuple[str, ...]]
    patient_columns: ClassVar[tuple[str, ...]]
    summarised: ClassVar[bool] = True
    scale: ClassVar[Scale]
    results: ClassVar[Results | None] = None
    limits: ClassVar[tuple[float, float]]
    unit: ClassVar[str] = "patients"
    needs: ClassVar[dict[str, str]] = {}
    runs_in_time: ClassVar[bool] = False
    has_nuisance: ClassVar[bool] = False
    listable: ClassVar[bool] = False
    constant_hazard: ClassVar[bool] = False

    @property
    def label(self) -> str:
        """The kind in words, with an article, for messages."""
        return f"a {self.kind} endpoint"

    # ---- the scales, and what a criterion may be about

    @property
    def weak(self) -> dict[str, Distribution]:
        """Priors that say next to nothing: of ``control``, ``treatment`` and ``effect``."""
        raise NotImplementedError

    def estimands(
        self, at: float | None = None, to: float | None = None, horizon: float | None = None
    ) -> dict[str, Estimand]:
        """Return the estimands that a criterion may name; those with a time, at or up to a month."""
        raise NotImplementedError

    def by_arm(self, at: float | None = None) -> dict[str, Estimand]:
        """Return each arm's own parameter on the natural scale."""
        raise NotImplementedError

    def arm_quantity(self, at: float | None = None) -> str:
        """Return what `by_arm` is, in words."""
        raise NotImplementedError

    def truth(self, value: object) -> object:
        """Return an assumed truth as the endpoint keeps it."""
        raise NotImplementedError

    def truth_problem(self, value: object) -> str | None:
        """Return what is wrong with an assumed truth, or None."""
        raise NotImplementedError

    def drawn(self, linear: np.ndarray) -> object:
        """Return the truths of T trials whose parameters (T, S) are drawn; these, unless given."""
        return linear

    # ---- likelihood

    @property
    def n_statistics(self) -> int:
        """Number of a group's statistics in a trial, M."""
        return len(self.columns)

    def log_likelihood(self, statistics: np.ndarray, linear: np.ndarray) -> np.ndarray:
        """Return the log likelihood (..., G) of statistics (..., M) at points (G,), up to a constant."""
        raise NotImplementedError

    def twin_log_likelihood(self, pm, statistics: np.ndarray, linear):
        """Return the same in PyTensor, elementwise: statistics (..., M), linear (...)."""
        raise NotImplementedError

    def information(self, linear: np.ndarray, statistics: np.ndarray) -> np.ndarray:
        """Return the Fisher information of statistics (M,) on the parameter, shape of linear."""
        raise NotImplementedError

    def planned(self, size: int) -> np.ndarray:
        """Return statistics (M,) that stand for a planned arm of that size, for its information."""
        raise NotImplementedError

    def extremes(self, size: int, truths: Sequence) -> np.ndarray:
        """Return the most extreme statistics (E, M) of an arm of that size under some truths."""
        raise NotImplementedError

    def worth(self, statistics: np.ndarray) -> float:
        """Return how many planned patients are as informative as statistics (M,), at most."""
        raise NotImplementedError

    # ---- published data and patients

    def statistics(self, row: object, reading: str) -> np.ndarray:
        """Return statistics (M,) of published data; ``reading`` says which end of known bounds."""
        raise NotImplementedError

    def summarise(self, *columns: np.ndarray) -> np.ndarray:
        """Return statistics (M,) of patients, an array (n,) for each of ``patient_columns``."""
        raise NotImplementedError

    def row_problem(self, row: object) -> str | None:
        """Return what a published row lacks, or None."""
        return None

    def describe(self, statistics: np.ndarray) -> Described:
        """Return published statistics (M,) in words, with their exact interval."""
        raise NotImplementedError

    def one_sided(self, statistics: np.ndarray) -> str | None:
        """Return what published statistics (J, M) say if they bound the parameter on one side only."""
        return None

    # ---- what a trial will show

    def simulate(
        self, rng: np.random.Generator, truth: tuple, size: np.ndarray, trials: int,
        conduct: object = None,
    ) -> np.ndarray:  # fmt: skip
        """Return simulated statistics (T, S, M) for truths and sizes of S strata."""
        raise NotImplementedError

    def outcomes(self, size: int) -> np.ndarray:
        """Return every outcome of an arm of that size, statistics (I, M), where they can be listed."""
        raise NotImplementedError

    def probabilities(self, outcomes: np.ndarray, truth: object) -> np.ndarray:
        """Return the probability of each outcome (I, M), (I,) under a truth, (I, G) under G truths."""
        raise NotImplementedError

    def predictive(
        self, linear: np.ndarray, mass: np.ndarray, size: float
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Return what results a prior expects: results (N,), likelihoods (N, G); None without `results`.

        ``mass`` (G,) are the prior's at the points ``linear`` (G,): results go as far as they reach.
        """
        return None

    def replicate(
        self, rng: np.random.Generator, statistics: np.ndarray, linear: np.ndarray
    ) -> np.ndarray | None:
        """Return the result (...) of other patients, as many or as long as those of statistics (..., M),
        at parameters (...); None without `results`."""
        return None


def expectable(events: float) -> float:
    """Return the most events that data with so many leave room for."""
    return float(events + 5 * np.sqrt(events) + 20)
