"""What is wrong with the evidence of a design: the wrong endpoint, arm or stratum, or patients twice."""

from __future__ import annotations

from collections.abc import Iterator

from trialdesign.design.design import Component, Design
from trialdesign.design.evidence import EvidenceBase
from trialdesign.errors import Problem


def components_of(design: Design) -> Iterator[tuple[tuple, str, Component]]:
    """Yield path, name and component of the model and, where there is one, of the design prior."""
    for key in ("model", "design_prior"):
        model = getattr(design, key)
        if model is not None:
            for name, component in model.components().items():
                yield (key, name), name, component


def evidence_problems(design: Design) -> Iterator[Problem]:
    """Yield what is wrong with the published evidence that a design names."""
    for at, name, component in components_of(design):
        seen: list[EvidenceBase] = []
        for i, use in enumerate(component.evidence):
            evidence, path = use.source, (*at, "evidence", i, "source")
            if isinstance(evidence, str):
                yield Problem(path, f"evidence must be loaded; got the name {evidence!r}.")
                continue
            if evidence.endpoint.kind != design.endpoint.kind:
                yield Problem(
                    path,
                    f"evidence must be on a {design.endpoint.kind} endpoint; {evidence.name} is on a "
                    f"{evidence.endpoint.kind} one. Choose another source.",
                )
                continue
            fault = next(filter(None, map(design.endpoint.row_problem, evidence.data)), None)
            if fault:
                yield Problem(path, fault)
            if evidence.arm != name:
                yield Problem(
                    path,
                    f"evidence on `{name}` must come from that arm; {evidence.name} reports the "
                    f"{evidence.arm} arm. Move it to `{at[0]}.{evidence.arm}`, or choose another.",
                )
            if not {row.stratum for row in evidence.data} & set(design.strata):
                strata = ", ".join(dict.fromkeys(row.stratum for row in evidence.data))
                yield Problem(
                    path,
                    f"evidence must have a row of one of the strata {', '.join(design.strata)}; "
                    f"{evidence.name} has {strata}. Rename a stratum, or choose another source.",
                )
            for other in seen:
                if overlap(other, evidence):
                    yield Problem(
                        path,
                        f"evidence must not count patients twice; {evidence.name} overlaps "
                        f"{other.name}. Keep one of the two.",
                    )
            seen.append(evidence)


def overlap(first: EvidenceBase, second: EvidenceBase) -> bool:
    """Return whether two sources are one, or one declares that it contains patients of the other."""
    names = first.name == second.name
    return names or first.name in second.overlaps or second.name in first.overlaps
