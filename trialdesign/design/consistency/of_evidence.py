"""What is wrong with the evidence of a design: another outcome, arm or stratum, or patients twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from trialdesign.design.design_file import DesignFile
from trialdesign.design.evidence.published import EvidenceBase
from trialdesign.design.model import Component
from trialdesign.errors import Problem


def components_of(design: DesignFile) -> Iterator[tuple[tuple, str, Component]]:
    """Yield path, name and component of the model and, where there is one, of the design prior."""
    for key in ("model", "design_prior"):
        model = getattr(design, key)
        if model is not None:
            for name, component in model.components().items():
                yield (key, name), name, component


def evidence_problems(design: DesignFile) -> Iterator[Problem]:
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
            faults = (
                next(filter(None, map(design.endpoint.row_problem, evidence.data)), None),
                _outcome_problem(design, evidence),
                _place_problem(design, at, name, evidence),
                _patients_problem(evidence, seen),
            )
            yield from (Problem(path, fault) for fault in faults if fault)
            seen.append(evidence)


def _outcome_problem(design: DesignFile, evidence: EvidenceBase) -> str | None:
    """Return what is wrong where evidence counts events of another nature than the design does."""
    planned, published = design.endpoint, evidence.endpoint
    if planned.measures == published.measures or same_outcome(design, evidence):
        return None
    return (
        f"evidence must measure what the endpoint does; {evidence.name} measures "
        f"{published.measures} ({published.name}), the endpoint {planned.measures} ({planned.name}). "
        "Choose another source, or state what is counted as `measures` of the endpoint."
    )


def _place_problem(design: DesignFile, at: tuple, name: str, evidence: EvidenceBase) -> str | None:
    """Return what is wrong with the arm or the strata that evidence informs."""
    if evidence.arm != name:
        return (
            f"evidence on `{name}` must come from that arm; {evidence.name} reports the "
            f"{evidence.arm} arm. Move it to `{at[0]}.{evidence.arm}`, or choose another."
        )
    if not {row.stratum for row in evidence.data} & set(design.strata):
        strata = ", ".join(dict.fromkeys(row.stratum for row in evidence.data))
        return (
            f"evidence must have a row of one of the strata {', '.join(design.strata)}; "
            f"{evidence.name} has {strata}. Rename a stratum, or choose another source."
        )
    return None


def _patients_problem(evidence: EvidenceBase, seen: list[EvidenceBase]) -> str | None:
    """Return which earlier source has patients of this one."""
    other = next((other for other in seen if overlap(other, evidence)), None)
    if other is None:
        return None
    if not _declared(other, evidence):
        study, stratum = min(_groups(other) & _groups(evidence))
        return (
            f"evidence must not count patients twice; {evidence.name} and {other.name} both report "
            f"study {study} in {stratum}. Keep one of the two, or, where they report two arms of that "
            "study, name these in their files as `study_arm`."
        )
    return (
        f"evidence must not count patients twice; {evidence.name} overlaps {other.name}. Keep one of "
        "the two."
    )


def same_outcome(design: DesignFile, evidence: EvidenceBase) -> bool:
    """Return whether evidence and the design call their outcomes by one name."""
    return design.endpoint.name.casefold() == evidence.endpoint.name.casefold()


def names_outcome(design: DesignFile) -> bool:
    """Return whether a design says what its outcome is called."""
    default = next(field.default for field in fields(design.endpoint) if field.name == "name")
    return design.endpoint.name != default


def overlap(first: EvidenceBase, second: EvidenceBase) -> bool:
    """Return whether two sources on one arm share patients.

    They do where they are one source, where one of them declares it, and where both report the same
    study and stratum without naming two different arms of that study.
    """
    if _declared(first, second):
        return True
    arms = first.study_arm, second.study_arm
    apart = None not in arms and arms[0] != arms[1]
    return not apart and bool(_groups(first) & _groups(second))


def _declared(first: EvidenceBase, second: EvidenceBase) -> bool:
    names = first.name == second.name
    return names or first.name in second.overlaps or second.name in first.overlaps


def _groups(evidence: EvidenceBase) -> set[tuple[str, str]]:
    """Return the groups of patients that a source reports: study and stratum."""
    return {(row.study, row.stratum) for row in evidence.data if row.study is not None}
