"""What a design file says: each key validated by itself, evidence by name or spelt out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from trialdesign.design.conduct.accrual import Accrual, Dropout
from trialdesign.design.conduct.before_infusion import BeforeInfusion
from trialdesign.design.conduct.looks import Look
from trialdesign.design.criterion import Criterion
from trialdesign.design.model import Model
from trialdesign.endpoints import Endpoint
from trialdesign.endpoints._estimands import Estimand
from trialdesign.probability.distributions.truth import TruthPerStratum
from trialdesign.specification.types import Count, Elapsed, Size, Text, Trials, specification


@specification
class Arms:
    """What the arms receive.

    Attributes
    ----------
    treatment : str
        The new treatment, in words.
    control : str
        What the control arm receives, in words; left out of a single-arm trial.
    """

    treatment: Text = "treatment"
    control: Text | None = None


@specification
class SampleSize:
    """Planned patients per arm and stratum.

    Attributes
    ----------
    treatment : int or mapping
        Patients of the treatment arm per stratum: one number for every stratum, or one for each.
    control : int or mapping
        The same of the control arm; left out of a single-arm trial.
    """

    treatment: Size | dict[str, Size]
    control: Size | dict[str, Size] | None = None


@specification
class Scenario:
    """An assumed truth, on the natural scale.

    Attributes
    ----------
    name : str
        What the scenario is called in the results.
    treatment : truth
        True response rate, hazard per month or survival curve of the treatment arm: one for every
        stratum, or one for each.
    control : truth
        The same of the control arm; left out of a single-arm trial.
    """

    name: Text
    treatment: TruthPerStratum
    control: TruthPerStratum | None = None


@specification
class Simulation:
    """How many trials are simulated, from which seed.

    Attributes
    ----------
    trials : int
        Simulated trials per scenario, where outcomes are not enumerated.
    seed : int
        Seed of all random numbers.
    """

    trials: Trials = 10_000
    seed: Count = 20261122


@specification
class DesignFile:
    """A trial in several strata, with its model, decision rule and assumed truths.

    Attributes
    ----------
    title : str
        Headline of every result.
    strata : list of str
        Names of the strata (the diseases), in the order of all tables.
    endpoint : mapping
        What is measured on a patient, by ``kind``.
    sample_size : mapping
        Planned patients per arm and stratum.
    model : mapping
        The parameters of the arms: what the strata share, and what evidence informs.
    decision : list
        Criteria; all must hold for a stratum to succeed.
    scenarios : list
        Assumed truths, under which operating characteristics are computed.
    arms : mapping
        What the arms receive, in words.
    simulation : mapping
        Number of simulated trials, and their seed.
    design_prior : mapping
        The truth as a distribution, for assurance; same form as ``model``.
    accrual : mapping or list
        Patients who enter per month; needed by a time to event.
    follow_up : float
        Months from the last patient's planned entry to the data cut; needed by a time to event.
    dropout : mapping
        Patients who leave the trial early.
    looks : list
        Analyses on the way; the last is the final analysis.
    before_infusion : mapping
        Losses of the treatment arm between entry and infusion.
    """

    title: Text
    strata: Annotated[list[Text], Field(min_length=1)]
    endpoint: Endpoint
    sample_size: SampleSize
    model: Model
    decision: Annotated[list[Criterion], Field(min_length=1)]
    scenarios: list[Scenario] = Field(default_factory=list)
    arms: Arms = Arms()
    simulation: Simulation = Simulation()
    design_prior: Model | None = None
    accrual: Accrual | None = None
    follow_up: Elapsed | None = None
    dropout: Dropout | None = None
    looks: Annotated[list[Look], Field(min_length=1)] | None = None
    before_infusion: BeforeInfusion | None = None

    def estimand(self, criterion: Criterion) -> Estimand:
        """Return the estimand of a criterion."""
        known = self.endpoint.estimands(criterion.at, criterion.to, self.follow_up)
        return known[criterion.estimand]
