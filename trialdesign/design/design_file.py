"""What a design file says: each key validated by itself, evidence by name or spelt out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

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

    ``source`` is a name, a path or the evidence itself; ``exposure`` says how to read an exposure of
    which only bounds are known.
    """

    source: Annotated[
        Annotated[Text, Tag("name")] | Annotated[Evidence, Tag("inline")],
        Discriminator(_inline),
    ]
    discount: Discount = UNDISCOUNTED
    exposure: Literal["lower", "middle", "upper"] = "middle"


@specification
class Component:
    """One parameter of the model: how the strata share it and what evidence informs it."""

    strata: Borrowing
    evidence: list[EvidenceUse] = Field(default_factory=list)


@specification
class Model:
    """The parameters of the arms; treatment and effect exclude each other."""

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
    """What the arms receive."""

    treatment: Text = "treatment"
    control: Text | None = None


@specification
class SampleSize:
    """Patients an arm, one number for every stratum or one each."""

    treatment: Size | dict[str, Size]
    control: Size | dict[str, Size] | None = None


@specification
class Criterion:
    """The posterior probability of a statement about an estimand must exceed ``probability``."""

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
    """An assumed truth, on the natural scale."""

    name: Text
    treatment: TruthPerStratum
    control: TruthPerStratum | None = None


@specification
class Simulation:
    """How many trials are simulated, from which seed."""

    trials: Trials = 10_000
    seed: Count = 20261122


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a trial.

    Attributes
    ----------
    name : str
        As data, sizes and truths name it.
    role : {"control", "treatment"}
    label : str
        What its patients receive.
    sizes : tuple of int
        Planned patients, one number per stratum; None where the file gives none.
    """

    name: str
    role: Literal["control", "treatment"]
    label: str
    sizes: tuple[int, ...] | None


@specification
class DesignFile:
    """A trial in several strata, with its model, decision rule and assumed truths."""

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
    def by_arm(self) -> dict[str, Arm]:
        """The arms of the trial by name, control first."""
        names = ("treatment",) if self.model.control is None else ("control", "treatment")
        found = {}
        for name in names:
            size = getattr(self.sample_size, name)
            sizes = None if size is None else per_stratum(size, self.strata)
            found[name] = Arm(name, name, getattr(self.arms, name) or name, sizes)
        return found

    @property
    def arm_names(self) -> tuple[str, ...]:
        """The arms of the trial, control first."""
        return tuple(self.by_arm)

    def sizes(self, arm: str) -> tuple[int, ...]:
        """Return the planned patients of an arm, one number per stratum."""
        return self.by_arm[arm].sizes

    def truths(self, scenario: Scenario, arm: str) -> tuple:
        """Return the assumed truths of an arm as the endpoint keeps them, one a stratum.

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
