"""The design of a trial: what a design file says, validated and frozen."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, TypeAdapter

from trialdesign.borrowing import Borrowing
from trialdesign.design.accrual import Accrual, Conduct, Dropout, conduct
from trialdesign.design.before_infusion import BeforeInfusion, Composite
from trialdesign.design.evidence import Evidence
from trialdesign.design.looks import Look
from trialdesign.discounting import UNDISCOUNTED, Discount
from trialdesign.endpoints import Endpoint
from trialdesign.endpoints._estimands import Estimand
from trialdesign.probability.distributions.survival import TruthPerStratum
from trialdesign.specification.types import (
    Count,
    Elapsed,
    Months,
    Number,
    OpenProbability,
    Size,
    Text,
    Trials,
    per_stratum,
    specification,
)

ROUNDING = 1e-9  # a truth that is closer to a threshold lies on it: 0.4 - 0.3 exceeds 0.1 by 3e-17


def _inline(value: object) -> str:
    return "name" if isinstance(value, str) else "inline"


@specification
class EvidenceUse:
    """Published evidence and how far it is trusted.

    Attributes
    ----------
    source : str or evidence
        Name of a file of `priors/`, path that ends in `.yaml` (relative to the design file), or the
        evidence itself, spelt out.
    discount : mapping
        How the evidence is discounted, by ``kind``.
    exposure : {"lower", "middle", "upper"}
        Value that is taken where only bounds of an exposure are published.
    """

    source: Annotated[
        Annotated[Text, Tag("name")] | Annotated[Evidence, Tag("inline")],
        Discriminator(_inline),
    ]
    discount: Discount = UNDISCOUNTED
    exposure: Literal["lower", "middle", "upper"] = "middle"


@specification
class Component:
    """One parameter of the model: how the strata share it and what evidence informs it.

    Attributes
    ----------
    strata : mapping
        How the strata inform each other, by ``kind``.
    evidence : list
        Published evidence on this parameter, each with its discount.
    """

    strata: Borrowing
    evidence: list[EvidenceUse] = Field(default_factory=list)


@specification
class Model:
    """The parameters of the arms; treatment and effect exclude each other.

    Attributes
    ----------
    control : component
        Parameter of the control arm; left out of a single-arm trial.
    treatment : component
        Parameter of the treatment arm: single-arm trials and arm-based models.
    effect : component
        Treatment minus control on the linear scale: contrast-based models, which have ``control`` and no
        ``treatment``.
    """

    control: Component | None = None
    treatment: Component | None = None
    effect: Component | None = None

    def __post_init__(self) -> None:
        if self.treatment is not None and self.effect is not None:
            raise ValueError(
                "`model` must have one of `treatment` (arm-wise) and `effect` (contrast); got both. "
                "Delete one of them."
            )
        if self.treatment is None and self.effect is None:
            raise ValueError(
                "`model` must have `treatment` (single-arm or arm-wise) or `effect` (contrast); "
                "got neither. Add the component of the new treatment."
            )
        if self.effect is not None and self.control is None:
            raise ValueError(
                "`model` with `effect` must have `control`, to which the effect is added; got none. "
                "Add `control`, or state the treatment arm's own parameter as `treatment`."
            )

    def components(self) -> dict[str, Component]:
        """Return the components that are there, by name."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: component for name, component in named.items() if component is not None}


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
class Criterion:
    """The posterior probability of a statement about an estimand must exceed ``probability``.

    Attributes
    ----------
    estimand : str
        What the statement is about; the endpoint says which estimands there are.
    probability : float
        The posterior probability must lie strictly above it.
    greater_than : float
        Threshold that the estimand must exceed; either this or ``less_than``.
    less_than : float
        Threshold that the estimand must stay below.
    at : float
        Month at which survival is compared.
    to : float
        Month up to which mean event-free times are compared.
    """

    estimand: Text
    probability: OpenProbability
    greater_than: Number | None = None
    less_than: Number | None = None
    at: Months | None = None
    to: Months | None = None

    def __post_init__(self) -> None:
        if (self.greater_than is None) == (self.less_than is None):
            given = "neither" if self.greater_than is None else "both"
            raise ValueError(
                f"exactly one of `greater_than` and `less_than` must be given; got {given}. "
                "Keep the one that defines success."
            )

    @property
    def threshold(self) -> float:
        """The number with which the estimand is compared."""
        return self.greater_than if self.less_than is None else self.less_than

    def holds(self, value: float) -> bool:
        """Return whether a true value of the estimand lies in the success region, not on its edge."""
        margin = value - self.threshold if self.less_than is None else self.threshold - value
        return margin > ROUNDING

    def label(self, estimand: Estimand) -> str:
        """Return the criterion as it is printed, e.g. ``P(difference > 0.1) > 0.975``."""
        sign = ">" if self.less_than is None else "<"
        return f"P({estimand.label} {sign} {self.threshold:g}) > {self.probability:g}"


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
class Design:
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

    @property
    def arm_names(self) -> tuple[str, ...]:
        """The arms of the trial, control first."""
        return ("treatment",) if self.model.control is None else ("control", "treatment")

    def sizes(self, arm: str) -> tuple[int, ...]:
        """Return the planned patients of an arm, one number per stratum."""
        return per_stratum(getattr(self.sample_size, arm), self.strata)

    def truths(self, scenario: Scenario, arm: str) -> tuple:
        """Return the assumed truths of an arm as the endpoint keeps them, one per stratum.

        Where losses before infusion count as events, the treatment arm's are composites of both.
        """
        values = per_stratum(getattr(scenario, arm), self.strata)
        truths = tuple(self.endpoint.truth(value) for value in values)
        before = self.before_infusion
        if arm == "treatment" and before is not None and before.counted == "event":
            return tuple(Composite(truth, before) for truth in truths)
        return truths

    def estimand(self, criterion: Criterion) -> Estimand:
        """Return the estimand of a criterion."""
        known = self.endpoint.estimands(criterion.at, criterion.to, self.follow_up)
        return known[criterion.estimand]

    def conduct(self) -> Conduct | None:
        """Return how the trial runs in time, where its endpoint needs to know."""
        if not self.endpoint.runs_in_time:
            return None
        patients = [sum(sizes) for sizes in zip(*(self.sizes(arm) for arm in self.arm_names))]
        return conduct(
            self.accrual, self.follow_up, self.dropout, patients, self.strata, self.looks or (),
            self.before_infusion,
        )  # fmt: skip

    def hash(self) -> str:
        """Return the sha256 of the normalised design, its evidence included."""
        plain = TypeAdapter(Design).dump_python(self, mode="json")
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
