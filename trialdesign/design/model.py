"""The model of a design, as its file says it: components, their borrowing and their evidence."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from trialdesign.borrowing import Borrowing
from trialdesign.design.evidence.published import Evidence
from trialdesign.discounting import UNDISCOUNTED, Discount
from trialdesign.specification.types import Text, specification


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
