"""Discounting: how external evidence informs the strata, one file per kind."""

from pydantic.dataclasses import rebuild_dataclass

from trialdesign.discounting.full import Full
from trialdesign.specification.registry import kinds, union_of

Discount = union_of(__name__)

for _kind in kinds(__name__).values():  # a discount may hold another one
    rebuild_dataclass(_kind, force=True, _types_namespace={"Discount": Discount})

UNDISCOUNTED = Full()
