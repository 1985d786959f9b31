"""Borrowing: how the strata inform each other, one file per kind."""

from pydantic.dataclasses import rebuild_dataclass

from trialdesign.borrowing.independent import Independent
from trialdesign.borrowing.separate import Separate
from trialdesign.specification.registry import kinds, union_of

Borrowing = union_of(__name__)

for _kind in kinds(__name__).values():  # a kind may hold another one
    rebuild_dataclass(_kind, force=True, _types_namespace={"Borrowing": Borrowing})


def independently(prior: object) -> Independent:
    """Return strata that do not inform each other, each with the same prior."""
    return Independent(prior=prior)


def without_borrowing(strata: Borrowing) -> Borrowing:
    """Return the same marginal prior in each stratum, with no stratum informing another."""
    return Separate(strata=strata) if strata.couples else strata
