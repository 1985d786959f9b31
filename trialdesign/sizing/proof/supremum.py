"""The largest probability of an error over a region of rates: proven from above, attained from below.

Boxes of rates are bounded by the largest Bernstein coefficient of the error's polynomial; the box with
the largest bound is halved until its bound is within a gap of the largest error that was found.  The
bound holds whenever the search stops.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from trialdesign.sizing.proof.bernstein import ROUNDING, diagonal, restricted, restriction, value
from trialdesign.sizing.proof.null_region import Interval, Null

KEPT = 512  # tables of a private arm on an interval that are remembered

Axis = tuple[str, int]  # arm, position of the stratum


@dataclass(frozen=True, slots=True)
class Supremum:
    """A proven bound of an error, and the largest that was found.

    Attributes
    ----------
    bound, found : float
    at : mapping of (arm, stratum's position) to float
        Rates at which the largest was found.
    boxes : int
        How many were bounded.
    """

    bound: float
    found: float
    at: Mapping[Axis, float]
    boxes: int


@dataclass(frozen=True, slots=True)
class Table:
    """Decisions of strata that inform each other.

    Attributes
    ----------
    shared : tuple of (str, int)
        Arm and stratum of each axis on which all decisions depend.
    private : mapping of int to (str, int)
        The axis on which a stratum's decision alone depends, last in its array, if there is one.
    met : sequence of ndarray of bool
        One per stratum: the shared axes, and its private one (of length 1 where there is none).
    """

    shared: tuple[Axis, ...]
    private: Mapping[int, Axis]
    met: Sequence[np.ndarray]


class Search:
    """Bounds of P(any of some strata succeeds) over boxes of rates.

    Where no decision turns against a stratum's own treatment arm as it responds better, the error is
    largest on the edge of its null region, and its two rates become one: the control's, along the edge.
    """

    def __init__(self, table: Table, null: Mapping[int, Null]) -> None:
        """Prepare the search; ``null`` has the null region of each stratum that counts."""
        self.null, self.private = null, {s: table.private[s] for s in null if s in table.private}
        met = [table.met[s] for s in null]
        self.shared = table.shared
        if len(null) == 1 and self.private:  # its private axis is one like the others
            self.shared, self.private = (*table.shared, *self.private.values()), {}
        self.met = dict(zip(null, met))
        self.fixed = None
        if not self.private:
            plain = [own[..., 0] if own.ndim > len(self.shared) else own for own in met]
            self.fixed = np.logical_or.reduce(plain).astype(float)
        self.axes = (*self.shared, *self.private.values())
        self.size = dict(zip(self.shared, np.array(met[0].shape) - 1))
        self.size |= {axis: self.met[s].shape[-1] - 1 for s, axis in self.private.items()}
        self.on_edge = [s for s in null if ("control", s) in self.axes and self._monotone(s)]
        self._remembered: dict = {}

    def _monotone(self, s: int) -> bool:
        """Return whether no success is lost where the stratum's treatment arm does better."""
        axis = ("treatment", s)
        for r, own in self.met.items():
            at = self.shared.index(axis) if axis in self.shared else (own.ndim - 1 if r == s else None)
            if at is None:
                continue
            steps = np.diff(own.astype(np.int8), axis=at) * self.null[s].sign
            if (steps < 0).any():
                return False
        return True

    def supremum(self, gap: float, until: float, level: float | None = None) -> Supremum:
        """Return the supremum, within a gap unless the time runs out.

        With a ``level`` the search stops as soon as it is known to be held, or to be exceeded.
        """
        order, best, at = count(), 0.0, {}
        start = self._cut({axis: (0.0, 1.0) for axis in self.axes})
        if start is None:
            return Supremum(0.0, 0.0, {}, 0)
        heap, boxes = [(-1.0, next(order), start)], 0
        while heap:
            bound, _, box = heap[0]
            decided = level is not None and (best > level or -bound <= level)
            if decided or -bound <= best + gap or time.perf_counter() > until:
                break
            heapq.heappop(heap)
            for half in self._halves(box):
                cut = self._cut(half)
                if cut is None:
                    continue
                boxes += 1
                point = self._point(cut)
                reached = self._value(point) if point else 0.0
                if reached > best:
                    best, at = reached, point
                upper = min(self._bound(cut) * (1 + ROUNDING), -bound)
                if upper > best:
                    heapq.heappush(heap, (-upper, next(order), cut))
        return Supremum(max(-heap[0][0], best) if heap else best, best, at, boxes)

    def _cut(self, box: Mapping[Axis, Interval]) -> dict[Axis, Interval] | None:
        """Return a box cut down to its null part; on an edge the treatment's interval is its line."""
        out = dict(box)
        for s, null in self.null.items():
            if s in self.on_edge:
                line = null.line(*box["control", s])
                if line is None:
                    return None
                out["treatment", s] = line
                continue
            cut = null.cut({arm: box[arm, r] for arm, r in box if r == s})
            if cut is None:
                return None
            out |= {(arm, s): interval for arm, interval in cut.items()}
        return out

    def _halves(self, box: Mapping[Axis, Interval]):
        """Yield a box in two, across the axis on which the polynomial can change the most."""
        free = [axis for axis in box if not (axis[0] == "treatment" and axis[1] in self.on_edge)]

        def change(axis: Axis) -> float:
            patients = self.size[axis]
            if axis[0] == "control" and axis[1] in self.on_edge:
                patients += self.size["treatment", axis[1]]
            return (box[axis][1] - box[axis][0]) * np.sqrt(patients)

        widest = max(free, key=change)
        low, high = box[widest]
        middle = (low + high) / 2
        yield {**box, widest: (low, middle)}
        yield {**box, widest: (middle, high)}

    def _point(self, box: Mapping[Axis, Interval]) -> dict[Axis, float]:
        """Return a null point of a box; none where its edge is not found."""
        out = {axis: (low + high) / 2 for axis, (low, high) in box.items()}
        for s, null in self.null.items():
            if s in self.on_edge:
                rate = null.edge(out["control", s], -1.0)
                if rate is None:
                    return {}
                out["treatment", s] = rate
            else:
                own = {arm: box[arm, r] for arm, r in box if r == s}
                out |= {(arm, s): rate for arm, rate in null.corner(own).items()}
        return out

    def _value(self, point: Mapping[Axis, float]) -> float:
        """Return the error at a point."""
        table = self._any({axis: (rate, rate) for axis, rate in point.items()})
        return value(table, [point[axis] for axis in self.shared])

    def _bound(self, box: Mapping[Axis, Interval]) -> float:
        """Return the largest coefficient on a box, or along its edges."""
        table = self._any({axis: _ordered(ends) for axis, ends in box.items()})
        out, left = restricted(table, [box[axis] for axis in self.shared]), list(self.shared)
        for s in self.on_edge:
            pair = [("control", s), ("treatment", s)]
            if all(axis in left for axis in pair):  # else one of them is summed out already
                out = diagonal(out, *(left.index(axis) for axis in pair))
                left = [axis for axis in left if axis not in pair] + [("edge", s)]
        return float(out.max())

    def _any(self, box: Mapping[Axis, Interval]) -> np.ndarray:
        """Return, at every shared outcome, the largest probability on a box that any succeeds."""
        if self.fixed is not None:
            return self.fixed
        none = 1.0
        for s, axis in self.private.items():
            none = none * (1 - self._given(s, box[axis]))
        return 1 - none

    def _given(self, s: int, interval: Interval) -> np.ndarray:
        """Return the largest probability on an interval of a stratum's private rate that it succeeds."""
        key = (s, interval)
        if key not in self._remembered:
            if len(self._remembered) >= KEPT:
                self._remembered.pop(next(iter(self._remembered)))
            met = self.met[s]
            matrix = restriction(met.shape[-1] - 1, *interval)
            rows = matrix[-1:] if interval[0] == interval[1] else matrix
            largest = (met.reshape(-1, met.shape[-1]) @ rows.T).max(axis=1)
            self._remembered[key] = largest.reshape(met.shape[:-1])
        return self._remembered[key]


def _ordered(ends: Interval) -> Interval:
    return ends if ends[0] <= ends[1] else (ends[1], ends[0])
