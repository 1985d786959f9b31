"""Compare two designs: the fields that differ, and the operating characteristics that move.

Simulated trials have the same random streams in both, so that designs which differ in their analysis
alone meet the same patients.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design
from trialdesign.design.result import Result
from trialdesign.errors import SpecificationError
from trialdesign.simulation.operating_characteristics import (
    OperatingCharacteristics,
    operating_characteristics,
)

MOVED = 5e-5  # smallest difference that the printed digits can show
SEPARATED = 1.96  # standard errors

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """A key of the design file whose values differ; None where a design has no such key."""

    key: str
    first: Any
    second: Any


@dataclass(frozen=True, slots=True)
class Moved:
    """One quantity of one stratum (or ``any``, ``all``) under one scenario, in both designs.

    Attributes
    ----------
    mcse : float
        Of the difference, as if the trials of the two were independent: an upper bound where they meet
        the same patients.  0 where both are exact.
    moves : bool
        Whether the difference is larger than 1.96 of these, and than the printed digits.
    """

    scenario: str
    stratum: str
    quantity: str
    first: float
    second: float
    difference: float
    mcse: float
    moves: bool


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Result):
    """Two designs side by side.

    Attributes
    ----------
    design, other : Design
    differences : tuple of Difference
    rows : tuple of Moved
    results : tuple of OperatingCharacteristics
        Of the first and of the second design.
    seconds : float
    warnings : tuple of str
    """

    design: Design
    other: Design
    differences: tuple[Difference, ...]
    rows: tuple[Moved, ...]
    results: tuple[OperatingCharacteristics, OperatingCharacteristics]
    seconds: float
    warnings: tuple[str, ...]

    @property
    def accurate(self) -> bool:
        """Whether posterior probabilities are as accurate as decisions need, in both."""
        return all(each.accurate for each in self.results)

    def told(self) -> Iterator[str]:
        """Yield how many fields differ and how many quantities move."""
        moved = sum(row.moves for row in self.rows)
        yield f"against {self.other.title}"
        yield f"{len(self.differences)} keys differ; {moved} of {len(self.rows)} quantities move"


@on_one_thread
def compare(
    first: Design,
    second: Design,
    method: str = "auto",
    trials: int | None = None,
    seed: int | None = None,
    progress: Progress = lambda done: None,
) -> Comparison:
    """Compare two designs under the scenarios that both have, by name.

    Parameters
    ----------
    first, second : Design
    method : {"auto", "exact", "simulation"}
    trials, seed : int, optional
        Override the first design's own; both designs have the same.
    progress : callable
        Told the share of the work that is done, 0 to 1.

    Raises
    ------
    SpecificationError
        No scenario has the same name in both, or no stratum.
    """
    started = time.perf_counter()
    names = {each.name for each in first.scenarios} & {each.name for each in second.scenarios}
    if not names:
        raise SpecificationError(
            "`scenarios` must share a name for two designs to be compared; got "
            f"{', '.join(each.name for each in first.scenarios) or 'none'} and "
            f"{', '.join(each.name for each in second.scenarios) or 'none'}. Name one alike."
        )
    if not set(first.strata) & set(second.strata):
        raise SpecificationError(
            f"`strata` must share a name for two designs to be compared; got {', '.join(first.strata)} "
            f"and {', '.join(second.strata)}. Name one alike."
        )
    trials = first.simulation.trials if trials is None else trials
    seed = first.simulation.seed if seed is None else seed
    found = tuple(
        operating_characteristics(
            each, method, trials, seed, progress=lambda done, i=i: progress((i + done) / 2)
        )
        for i, each in enumerate((first, second))
    )
    warnings = dict.fromkeys(text for each in found for text in each.warnings)
    apart = [each.name for one in (first, second) for each in one.scenarios if each.name not in names]
    if apart:
        warnings[f"only one of the two has the scenarios {', '.join(apart)}: they are not compared."] = (
            None
        )
    return Comparison(
        design=first,
        other=second,
        differences=tuple(differences(first, second)),
        rows=tuple(_rows(*found)),
        results=found,
        seconds=time.perf_counter() - started,
        warnings=tuple(warnings),
    )


def differences(first: Design, second: Design) -> Iterator[Difference]:
    """Yield the keys whose values differ between two designs, as a file spells them.

    What one of them has not at all, or has of another kind, is one key.
    """
    yield from _apart(
        "", *(TypeAdapter(Design).dump_python(each, mode="json") for each in (first, second))
    )


def _apart(key: str, first: Any, second: Any) -> Iterator[Difference]:
    if first == second:
        return
    both = (first, second)
    if all(isinstance(each, Mapping) for each in both) and first.get("kind") == second.get("kind"):
        for name in dict.fromkeys([*first, *second]):
            yield from _apart(f"{key}.{name}" if key else name, first.get(name), second.get(name))
    elif all(isinstance(each, list) and all(map(_is_named, each)) for each in both):
        named = [{_name(item): item for item in each} for each in both]
        for name in dict.fromkeys([*named[0], *named[1]]):
            yield from _apart(f"{key}[{name}]", *(each.get(name) for each in named))
    else:
        yield Difference(key, first, second)


def _is_named(item: Any) -> bool:
    return isinstance(item, Mapping) and ("name" in item or "source" in item)


def _name(item: Mapping) -> str:
    """Return the name of a scenario, or of the source of some evidence."""
    return item["name"] if "name" in item else item["source"]["name"]


def _rows(first: OperatingCharacteristics, second: OperatingCharacteristics) -> Iterator[Moved]:
    """Yield the quantities that both have."""
    other = {(row.scenario, row.stratum, row.quantity): row for row in second.rows}
    for row in first.rows:
        key = (row.scenario, row.stratum, row.quantity)
        if key in other:
            difference = other[key].value - row.value
            mcse = float(np.hypot(row.mcse, other[key].mcse))
            moves = bool(abs(difference) > max(MOVED, SEPARATED * mcse))
            yield Moved(*key, row.value, other[key].value, difference, mcse, moves)
