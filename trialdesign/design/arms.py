"""The arms of a trial as data: each has a name, a role, a label and sizes, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from trialdesign.specification.types import per_stratum

if TYPE_CHECKING:
    from trialdesign.design.design_file import DesignFile

Role = Literal["control", "treatment"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a trial.

    Attributes
    ----------
    name : str
        By which data, truths and model components call it.
    role : {"control", "treatment"}
        Whether the others are compared with it, or it is compared with the control.
    label : str or None
        What its patients receive, in words, if the file says so.
    sizes : tuple of int
        Planned patients, one number per stratum.
    """

    name: str
    role: Role
    label: str | None
    sizes: tuple[int, ...]


def by_name(arms: Iterable[Arm]) -> dict[str, Arm]:
    """Return arms by name, the control first."""
    return {arm.name: arm for arm in sorted(arms, key=lambda arm: ROLES.index(arm.role))}


def arms_of(design: DesignFile) -> dict[str, Arm]:
    """Return the arms of the trial that a file describes: there are one or two, named as their roles.

    Raises
    ------
    KeyError
        The size of a stratum is missing.
    """
    roles = ROLES if design.model.control is not None else ("treatment",)
    sizes = {role: per_stratum(getattr(design.sample_size, role), design.strata) for role in roles}
    return by_name(Arm(role, role, getattr(design.arms, role), sizes[role]) for role in roles)


def labels(arms: object) -> object:
    """Return what arms receive as a file spells it; what is no mapping of arms stays as it is."""
    if isinstance(arms, Mapping) and all(isinstance(arm, Arm) for arm in arms.values()):
        return dict.fromkeys(ROLES) | {name: arm.label for name, arm in arms.items() if arm.label}
    return arms
