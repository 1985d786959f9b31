"""Evidence: published data per stratum, with its citation."""

from __future__ import annotations

from inspect import getdoc
from typing import Annotated, Literal, Union

from pydantic import Discriminator, Field, Tag

from trialdesign.design.arms import Role
from trialdesign.specification.registry import kinds
from trialdesign.specification.types import Text, specification


@specification
class EvidenceBase:
    """What every evidence file says, whatever its endpoint.

    Rows of the same study and stratum count the same patients, unless their files name two arms of that
    study as ``study_arm``; ``overlaps`` names sources that share patients under other names.

    Attributes
    ----------
    name : str
        Name by which designs and messages refer to the evidence.
    citation : str
        Where its numbers are published.
    arm : {"control", "treatment"}
        Arm of the planned trial that the evidence is about.
    grade : {"A", "B"}
        A: read in the paper's own abstract or table; B: in a secondary source.
    study_arm : str
        Arm of the published study, where two files report the same study and stratum.
    overlaps : list of str
        Evidence that holds outcomes of the same patients, never to be used beside this one.
    note : str
        Derivations and reservations that a reader must know.
    endpoint : mapping
        What the study measured; its kind is that of the design.
    data : list
        One row per study and stratum.
    """

    name: Text
    citation: Text
    arm: Role
    grade: Literal["A", "B"]
    study_arm: Text | None = None
    overlaps: list[Text] = Field(default_factory=list)
    note: str = ""


def _about_keys() -> str:
    """Return what the docstring of `EvidenceBase` says of the keys."""
    text = getdoc(EvidenceBase)
    return text[text.index("Attributes") :]


def _for(kind: str, endpoint: type) -> type:
    """Return the specification of evidence on one kind of endpoint."""
    rows = Annotated[list[endpoint.Row], Field(min_length=1)]
    body = {
        "__annotations__": {"endpoint": endpoint, "data": rows},
        "__doc__": f"Published data on a {kind} endpoint.\n\n{_about_keys()}",
        "__module__": __name__,
    }
    name = "".join(part.capitalize() for part in kind.split("_"))
    return specification(type(f"{name}Evidence", (EvidenceBase,), body))


def _kind(value: object) -> str | None:
    """Read the endpoint's kind off a document or an object, for pydantic's tagged union."""
    endpoint = value.get("endpoint") if isinstance(value, dict) else getattr(value, "endpoint", None)
    kind = endpoint.get("kind") if isinstance(endpoint, dict) else getattr(endpoint, "kind", None)
    return kind if isinstance(kind, str) else None


EVIDENCE = {kind: _for(kind, endpoint) for kind, endpoint in kinds("trialdesign.endpoints").items()}
globals().update({kind.__name__: kind for kind in EVIDENCE.values()})  # where pickle looks for them

_members = tuple(Annotated[cls, Tag(kind)] for kind, cls in EVIDENCE.items())
Evidence = Annotated[Union[_members], Discriminator(_kind)]
