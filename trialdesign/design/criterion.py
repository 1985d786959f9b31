"""A criterion of success, as a design file says it."""

from __future__ import annotations

from trialdesign.endpoints._estimands import Estimand
from trialdesign.specification.types import Months, Number, OpenProbability, Text, specification

ROUNDING = 1e-9  # a truth that is closer to a threshold lies on it: 0.4 - 0.3 exceeds 0.1 by 3e-17


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
