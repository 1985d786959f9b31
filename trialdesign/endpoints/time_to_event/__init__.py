"""Time to event, right-censored; one file a family of distributions, told apart by `distribution`."""

from ...specification import union_of
from .exponential import Exponential as TimeToEvent

FAMILIES = union_of(__name__, "distribution", default="exponential")

__all__ = ["FAMILIES", "TimeToEvent"]
