"""What in a design contradicts something else in it: every rule that spans two places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

import numpy as np

from trialdesign.design.arms import ROLES
from trialdesign.design.consistency.of_evidence import components_of, evidence_problems
from trialdesign.design.criterion import Criterion
from trialdesign.design.design_file import DesignFile
from trialdesign.design.evidence.published import EvidenceBase
from trialdesign.discounting._discount import DiscountKind
from trialdesign.errors import Problem
from trialdesign.probability.distributions.real_line import Distribution


def problems_of(design: DesignFile) -> Iterator[Problem]:
    """Yield the contradictions between the parts of a design; its course in time is judged apart."""
    repeated = {s for s in design.strata if design.strata.count(s) > 1}
    for stratum in sorted(repeated):
        at = len(design.strata) - 1 - design.strata[::-1].index(stratum)
        yield Problem(("strata", at), f"a stratum must be named once; got {stratum} again. Rename it.")
    for i, stratum in enumerate(design.strata):
        if stratum in ("any", "all"):
            yield Problem(
                ("strata", i),
                f"a stratum must not be called {stratum}, which names a result over the strata; got "
                f"{stratum}. Rename it.",
            )
    yield from _arms_problems(design)
    for path, value in _stratum_values(design):
        yield from _stratum_problems(design, path, value)
    yield from _criterion_problems(design)
    yield from _scenario_problems(design)
    yield from _prior_problems(design)
    yield from evidence_problems(design)


def _arms_problems(design: DesignFile) -> Iterator[Problem]:
    controlled = design.model.control is not None
    if design.design_prior is not None and (design.design_prior.control is not None) != controlled:
        need = "have" if controlled else "leave out"
        yield Problem(
            ("design_prior",),
            f"`design_prior` must {need} `control`, as `model` does. State a component of exactly the "
            "parameters of the trial.",
        )
    if controlled and design.sample_size.control is None:
        yield Problem(
            ("sample_size",),
            "`sample_size` must have `control`, because `model` has a control; got none. "
            "Add the patients of the control arm, or delete `model.control`.",
        )
    if not controlled and design.sample_size.control is not None:
        yield Problem(
            ("sample_size", "control"),
            "`control` must be left out of a single-arm trial; got a size. "
            "Delete it, or add `model.control`.",
        )
    if not controlled and design.arms.control is not None:
        yield Problem(
            ("arms", "control"),
            f"`control` must be left out of a single-arm trial; got {design.arms.control!r}. "
            "Delete it, or add `model.control`.",
        )


def _stratum_values(design: DesignFile) -> Iterator[tuple[tuple, object]]:
    """Yield every place of the design where one value per stratum may stand."""
    for arm in ROLES:
        yield ("sample_size", arm), getattr(design.sample_size, arm)
        for i, scenario in enumerate(design.scenarios):
            yield ("scenarios", i, arm), getattr(scenario, arm)
    for path, _, component in components_of(design):
        yield from _nested((*path, "strata"), component.strata)
    yield ("accrual", "rate"), getattr(design.accrual, "rate", None)


def _nested(path: tuple, node: object) -> Iterator[tuple[tuple, object]]:
    """Yield the mappings and lists of a specification, however deep."""
    if isinstance(node, Mapping):
        yield path, node
    elif isinstance(node, list):
        for i, item in enumerate(node):
            yield from _nested((*path, i), item)
    elif hasattr(node, "__dataclass_fields__"):
        for field in fields(node):
            yield from _nested((*path, field.name), getattr(node, field.name))


def _stratum_problems(design: DesignFile, path: tuple, value: object) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        return
    for stratum in design.strata:
        if stratum not in value:
            yield Problem(
                path,
                f"`{path[-1]}` must have one value per stratum; {stratum} is missing. "
                f"Add {stratum}, or give one number for all strata.",
            )
    for stratum in value:
        if stratum not in design.strata:
            yield Problem(
                (*path, stratum),
                f"`{path[-1]}` must name strata of the design ({', '.join(design.strata)}); "
                f"got {stratum}. Rename or delete it.",
            )


def _criterion_problems(design: DesignFile) -> Iterator[Problem]:
    known = design.endpoint.estimands()
    single_arm = design.model.control is None
    for i, criterion in enumerate(design.decision):
        estimand = known.get(criterion.estimand)
        if estimand is None or (single_arm and estimand.needs_control):
            possible = [n for n, e in known.items() if not (single_arm and e.needs_control)]
            what = "single-arm trial" if estimand else f"{design.endpoint.kind} endpoint"
            yield Problem(
                ("decision", i, "estimand"),
                f"`estimand` must be one that a {what} has ({', '.join(possible)}); "
                f"got {criterion.estimand}. Choose one of these.",
            )
        else:
            yield from _threshold_problems(design, i, criterion)
        for key in ("at", "to"):
            needed = design.endpoint.needs.get(criterion.estimand) == key
            if needed and getattr(criterion, key) is None:
                yield Problem(
                    ("decision", i),
                    f"`{criterion.estimand}` must have `{key}`, in months; got none. "
                    f"Add `{key}: 24`, or another time.",
                )
            if not needed and getattr(criterion, key) is not None:
                yield Problem(
                    ("decision", i, key),
                    f"`{key}` must be left out of `{criterion.estimand}`; got "
                    f"{getattr(criterion, key):g}. Delete it.",
                )


def _threshold_problems(design: DesignFile, i: int, criterion: Criterion) -> Iterator[Problem]:
    low, high = design.estimand(criterion).range
    if not low < criterion.threshold < high:
        key = "less_than" if criterion.greater_than is None else "greater_than"
        inside = f"between {low:g} and {high:g}" if np.isfinite(high) else f"above {low:g}"
        yield Problem(
            ("decision", i, key),
            f"`{key}` must lie {inside}, as every {criterion.estimand} does; got "
            f"{criterion.threshold:g}. State a threshold that the estimand can miss and exceed.",
        )


def _scenario_problems(design: DesignFile) -> Iterator[Problem]:
    names = [scenario.name for scenario in design.scenarios]
    for i, scenario in enumerate(design.scenarios):
        if scenario.name == "design prior" and design.design_prior is not None:
            yield Problem(
                ("scenarios", i, "name"),
                "`name` must not be that of the results under `design_prior`; got 'design prior'. "
                "Rename it.",
            )
        if scenario.name in names[:i]:
            yield Problem(
                ("scenarios", i, "name"),
                f"`name` must differ between scenarios; got {scenario.name!r} again. Rename it.",
            )
        if (scenario.control is None) != (design.model.control is None):
            need = "have" if scenario.control is None else "leave out"
            yield Problem(
                ("scenarios", i),
                f"scenario {scenario.name!r} must {need} `control`, as the model does. "
                "State the truth of exactly the arms of the trial.",
            )
        for arm in ROLES:
            value = getattr(scenario, arm)
            each = value if isinstance(value, Mapping) else {None: value}
            for stratum, number in each.items():
                path = ("scenarios", i, arm) + (() if stratum is None else (stratum,))
                fault = None if number is None else design.endpoint.truth_problem(number)
                if fault:
                    yield Problem(path, fault)


def _prior_problems(design: DesignFile) -> Iterator[Problem]:
    natural = design.endpoint.scale.name
    for at, name, component in components_of(design):
        for path, distribution in _distributions(at, component):
            scale = distribution.natural_scale
            if scale is not None and (scale != natural or name == "effect"):
                yield Problem(
                    path,
                    f"a prior on a {scale} must belong to a parameter that is one; got "
                    f"{type(distribution).__name__} for `{name}`, which lives on the linear scale. "
                    "Use Normal or StudentT.",
                )
        for text in component.strata.problems(design.strata):
            yield Problem((*at, "strata"), text)


def _distributions(path: tuple, node: object) -> Iterator[tuple[tuple, object]]:
    """Yield every prior of a parameter in a specification, with its path; evidence is passed over."""
    if isinstance(node, Distribution):
        yield path, node
    elif isinstance(node, Mapping):
        for key, item in node.items():
            yield from _distributions((*path, key), item)
    elif isinstance(node, list):
        for i, item in enumerate(node):
            yield from _distributions((*path, i), item)
    elif hasattr(node, "__dataclass_fields__") and not isinstance(node, EvidenceBase):
        own = node.of_its_own if isinstance(node, DiscountKind) else ()
        for field in fields(node):
            if field.name not in own:
                yield from _distributions((*path, field.name), getattr(node, field.name))
