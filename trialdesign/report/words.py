"""Designs in words, for the heads of pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass

from trialdesign.design.design import Design
from trialdesign.design.design_file import Scenario
from trialdesign.design.model import EvidenceUse
from trialdesign.discounting._external_data import published_rows


def criteria(design: Design) -> str:
    """Return what success in a stratum takes."""
    return " and ".join(each.label(design.estimand(each)) for each in design.decision)


def patients(design: Design) -> str:
    """Return the planned sizes, e.g. ``Patients (treatment + control): SLE 24 + 12, ...``."""
    arms = design.arms.values()
    each = ", ".join(
        f"{stratum} {' + '.join(map(str, size))}"
        for stratum, *size in zip(design.strata, *(arm.sizes for arm in reversed(arms)), strict=True)
    )
    shown = f" ({' + '.join(reversed(design.arms))})" if len(arms) > 1 else ""
    return f"Patients{shown}: {each}; {sum(design.patients)} in all."


def model_lines(design: Design) -> Iterator[str]:
    """Yield how the endpoint is analysed, where that is a choice, and a line for each use of evidence:
    what it is, how good, and how far it is trusted."""
    if not design.endpoint.summarised:
        own = {f.name: getattr(design.endpoint, f.name) for f in fields(design.endpoint)}
        keys = {key: value for key, value in own.items() if key not in ("kind", "name", "distribution")}
        yield f"Analysed as {design.endpoint.distribution}: {brief(keys)}."
    for name, component in design.model.components().items():
        for use in component.evidence:
            rows = published_rows(use, design.strata)
            marks = [row.count_is for row in rows if row.count_is != "reported"]
            marked = f", {' and '.join(dict.fromkeys(marks))} counts" if marks else ""
            yield (
                f"Evidence on {name}: {use.source.name} (grade {use.source.grade}{marked}), "
                f"discount {brief(use.discount)}{_reading(use, rows)}."
            )


def _reading(use: EvidenceUse, rows: Sequence) -> str:
    """Say how exposures are read of which only bounds are known."""
    bounded = any(row.bounded for row in rows)
    return f", exposure read at its {use.exposure}" if bounded else ""


def conduct_lines(design: Design) -> Iterator[str]:
    """Yield how the trial runs in time, where its endpoint needs to know."""
    if design.endpoint.runs_in_time:
        parts = {"accrual": design.accrual, "follow-up": design.follow_up, "dropout": design.dropout}
        each = [f"{key} {brief(value)}" for key, value in parts.items() if value is not None]
        yield f"Conduct (months): {'; '.join(each)}."
    if design.before_infusion is not None:
        yield f"Before infusion, on treatment: {brief(design.before_infusion)}."
    if design.looks:
        titles = [f"look {j + 1}" for j in range(len(design.looks) - 1)] + ["final"]
        each = [f"{title}: {look.label()}" for title, look in zip(titles, design.looks, strict=True)]
        yield f"Analyses, once all of it holds: {'; '.join(each)}."


def truth(design: Design, scenario: Scenario) -> str:
    """Return the assumed truths of the arms."""
    return "; ".join(f"{arm} {brief(getattr(scenario, arm))}" for arm in design.arms)


def brief(value: object) -> str:
    """Return part of a design in a few words, e.g. ``SLE 0.7, IIM 0.3`` or ``robust(weight 0.2)``."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {brief(each)}" for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(brief, value))}]"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _brief_object(value) if is_dataclass(value) else str(value)
    return f"{value:g}"


def _brief_object(value: object) -> str:
    """Return a specification as its kind with its parameters in brackets."""
    spelt = type(value).__pydantic_fields__  # a key may be spelt otherwise in the file
    given = {spelt[f.name].alias or f.name: getattr(value, f.name) for f in fields(value)}
    kind = "".join(given.pop(key, "") for key in ("kind", "dist", "distribution"))
    given = {key: each for key, each in given.items() if not _unsaid(value, key, each)}
    inner = brief({key: each for key, each in given.items() if each is not None})
    return f"{kind}({inner})" if kind and inner else kind or inner


def _unsaid(value: object, key: str, each: object) -> bool:
    """Return whether a word is what it is unless stated."""
    return isinstance(each, str) and any(f.name == key and f.default == each for f in fields(value))
