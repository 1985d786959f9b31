"""A design: what its file says, its evidence loaded, and nothing in it contradicting anything else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields

from pydantic import TypeAdapter

from trialdesign.design.consistency.whole import problems_of
from trialdesign.design.design_file import DesignFile
from trialdesign.errors import SpecificationError
from trialdesign.specification.types import specification


@specification
class Design(DesignFile):
    """A trial in several strata, with its model, decision rule and assumed truths.

    It is checked when it is made, and need not be checked again.

    Raises
    ------
    SpecificationError
        Everything in it that contradicts something else in it, evidence that is only named included.
    """

    def __post_init__(self) -> None:
        problems = list(problems_of(self))
        if problems:
            raise SpecificationError(problems)

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
