"""Endpoints: what is measured on a patient, one file per kind."""

from trialdesign.specification.registry import kinds, union_of

Endpoint = union_of(__name__)


def kinds_that(declare: str) -> str:
    """Return the kinds of endpoint that declare something, e.g. ``runs_in_time``, as one line."""
    return " or ".join(kind for kind, own in kinds(__name__).items() if getattr(own, declare))
