"""Time to event, right-censored; one file a family of distributions, told apart by `distribution`."""

from trialdesign.endpoints.time_to_event.exponential import Exponential as TimeToEvent
from trialdesign.specification.registry import union_of

FAMILIES = union_of(__name__, "distribution", default="exponential")

__all__ = ["FAMILIES", "TimeToEvent"]
