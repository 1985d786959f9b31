"""A design: what its file says, its evidence loaded, and nothing in it contradicting anything else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from typing import Annotated, TypeVar

import numpy as np
from pydantic import BeforeValidator, GetPydanticSchema, PlainSerializer, TypeAdapter

from trialdesign.design.arms import Arm, arms_of, by_name, labels
from trialdesign.design.conduct.accrual import Conduct, conduct
from trialdesign.design.conduct.before_infusion import BeforeInfusion, Composite
from trialdesign.design.consistency.in_time import conduct_problems, look_problems
from trialdesign.design.consistency.whole import problems_of
from trialdesign.design.design_file import Arms, DesignFile, Scenario
from trialdesign.errors import SpecificationError
from trialdesign.specification.types import per_stratum, specification

Value = TypeVar("Value")
ArmsByName = Annotated[  # validated and hashed as the file spells them
    Mapping[str, Arm],
    GetPydanticSchema(lambda _, of: of(Arms)),
    BeforeValidator(labels),
    PlainSerializer(labels),
]


@specification
class Design(DesignFile):
    """A trial in several strata, with its model, decision rule and assumed truths.

    It is checked when it is made, and need not be checked again; from then on its ``arms`` are `Arm`
    objects by name, the control first.

    Raises
    ------
    SpecificationError
        Everything in it that contradicts something else in it, evidence that is only named included.
    """

    arms: ArmsByName = Arms()

    def __post_init__(self) -> None:
        problems = list(problems_of(self))
        with suppress(KeyError):  # of a stratum without a size, which is among the problems
            object.__setattr__(self, "arms", arms_of(self))
        problems += [*conduct_problems(self), *look_problems(self)]
        if problems:
            raise SpecificationError(problems)

    @property
    def control(self) -> Arm | None:
        """The control of the comparisons, if there is one."""
        return next((arm for arm in self.arms.values() if arm.role == "control"), None)

    @property
    def treated(self) -> tuple[Arm, ...]:
        """The arms of new treatments."""
        return tuple(arm for arm in self.arms.values() if arm.role == "treatment")

    @property
    def patients(self) -> tuple[int, ...]:
        """Planned patients of all arms, one number per stratum."""
        return tuple(map(sum, zip(*(arm.sizes for arm in self.arms.values()))))

    def arm_of(self, component: str) -> Arm:
        """Return the arm that a component of the model belongs to: of an effect, the treated one."""
        return self.arms[component] if component in self.arms else self.treated[0]

    def compared(self, by_arm: Mapping[str, Value]) -> tuple[Value, Value]:
        """Return the control's and the treated arm's of what is told of each; a single arm is both."""
        (treated,) = self.treated
        return by_arm[(self.control or treated).name], by_arm[treated.name]

    def linear_by_arm(self, linear: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return each arm's linear parameter from the components': treated = control + effect."""
        if "effect" not in linear:
            return dict(linear)
        control, (treated,) = linear[self.control.name], self.treated
        return {self.control.name: control, treated.name: control + linear["effect"]}

    def losses(self, arm: str) -> BeforeInfusion | None:
        """Return the losses before infusion of an arm: controls are not infused."""
        return self.before_infusion if self.arms[arm].role == "treatment" else None

    def truths(self, scenario: Scenario, arm: str) -> tuple:
        """Return the assumed truths of an arm as the endpoint keeps them, one per stratum.

        Where losses before infusion count as events, they are composites of both.
        """
        values, before = per_stratum(getattr(scenario, arm), self.strata), self.losses(arm)
        truths = tuple(self.endpoint.truth(value) for value in values)
        if before is not None and before.counted == "event":
            return tuple(Composite(truth, before) for truth in truths)
        return truths

    def conduct(self) -> Conduct | None:
        """Return how the trial runs in time, where its endpoint needs to know."""
        if not self.endpoint.runs_in_time:
            return None
        looks = self.looks or ()
        return conduct(self.accrual, self.follow_up, self.dropout, self.patients, self.strata, looks)

    def hash(self) -> str:
        """Return the sha256 of the normalised design, its evidence included."""
        plain = TypeAdapter(Design).dump_python(self, mode="json")
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def changed(design: Design, **values: object) -> Design:
    """Return a design with some of its values changed by the program itself, which is not checked again.

    It may be one that no file could say, such as a few strata of a trial: who changes a design by hand
    uses `dataclasses.replace`, which checks.
    """
    new = object.__new__(Design)
    for field in fields(design):
        object.__setattr__(new, field.name, values.pop(field.name, getattr(design, field.name)))
    if values:
        raise TypeError(f"a design has no {', '.join(values)}")
    return new


def restricted(design: Design, strata: Sequence[str]) -> Design:
    """Return a design of some of its strata."""
    at = [design.strata.index(stratum) for stratum in strata]
    fewer = (replace(arm, sizes=tuple(arm.sizes[s] for s in at)) for arm in design.arms.values())
    return changed(design, strata=list(strata), arms=by_name(fewer))
