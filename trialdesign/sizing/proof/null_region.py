"""Where a stratum's truth is null: rates of its arms at which a criterion does not hold.

Every estimand of response rates rises with the treatment arm's and falls with the control's, so that a
criterion fails on one side of a curve.  A box is cut down to the smallest that holds its null part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from trialdesign.design.criterion import ROUNDING

HALVINGS = 50
EDGE = 1e-13  # by which an end is moved outwards, for rounding

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Null:
    """The null part of a stratum's rates under one criterion.

    Attributes
    ----------
    value : callable
        Of the criterion's estimand at linear parameters of control and treatment.
    to_linear : callable
        A rate -> the linear parameter.
    threshold : float
    sign : int
        1 where success is above the threshold, -1 where it is below.
    """

    value: Callable[[np.ndarray, np.ndarray], np.ndarray]
    threshold: float
    sign: int
    to_linear: Callable[[np.ndarray], np.ndarray] = special.logit

    def holds(self, control: float, treatment: float) -> bool:
        """Return whether a pair of rates is null; where the estimand is no number, it counts as such."""
        with np.errstate(all="ignore"):
            c, t = self.to_linear(np.array([control])), self.to_linear(np.array([treatment]))
            margin = self.sign * (float(self.value(c, t)[0]) - self.threshold)
        return not margin > ROUNDING

    def cut(self, box: Mapping[str, Interval]) -> dict[str, Interval] | None:
        """Return the smallest box that holds the null part of a box of arms, None where there is none.

        The corner that is deepest in the null region has the worst treatment and the best control.
        """
        low, high = box["treatment"]
        control = box.get("control", (0.5, 0.5))
        worst_t, best_t = (low, high) if self.sign > 0 else (high, low)
        best_c, worst_c = (control[1], control[0]) if self.sign > 0 else control
        if not self.holds(best_c, worst_t):
            return None
        t = self._farthest(lambda x: self.holds(best_c, x), worst_t, best_t)
        out = {"treatment": _ordered(worst_t, t)}
        if "control" in box:
            c = self._farthest(lambda x: self.holds(x, worst_t), best_c, worst_c)
            out["control"] = _ordered(best_c, c)
        return out

    def corner(self, box: Mapping[str, Interval]) -> dict[str, float]:
        """Return a null point of a box that has been cut: at its edge where success is most likely."""
        low, high = box["treatment"]
        t = high if self.sign > 0 else low
        out = {"treatment": t}
        if "control" in box:
            out["control"] = box["control"][1] if self.sign > 0 else box["control"][0]
        t_null = self._farthest(
            lambda x: self.holds(out.get("control", 0.5), x), low if self.sign > 0 else high, t, -EDGE
        )
        return out | {"treatment": t_null}

    def edge(self, control: float, outwards: float = EDGE) -> float | None:
        """Return the null treatment rate next to the success region, None where no rate is null."""
        worst, best = (0.0, 1.0) if self.sign > 0 else (1.0, 0.0)
        if not self.holds(control, worst):
            return None
        return self._farthest(lambda x: self.holds(control, x), worst, best, outwards)

    def line(self, low: float, high: float) -> tuple[float, float] | None:
        """Return treatment rates at two control rates, the line between which no null rate passes.

        The edge of the null region rises with the control's rate, and is convex or concave but where it
        meets 0 or 1: there, and where a line would leave [0, 1], a constant rate is returned.
        """
        ends = [self.edge(low), self.edge(high)]
        if ends == [None, None]:
            return None
        farthest = ends[1] if self.sign > 0 else ends[0]
        none = 0.0 if self.sign > 0 else 1.0
        first, last = (none if end is None else end for end in ends)
        farthest = none if farthest is None else farthest
        middle = self.edge((low + high) / 2)
        if None in (*ends, middle) or (first <= 2 * EDGE and last >= 1 - 2 * EDGE):
            return farthest, farthest
        bulge = 2 * (middle - (first + last) / 2)  # no concave or convex edge leaves its chord by more
        shift = max(bulge, 0.0) if self.sign > 0 else min(bulge, 0.0)
        shift += 4 * EDGE * self.sign
        first, last = first + shift, last + shift
        if not 0 <= min(first, last) <= max(first, last) <= 1:
            return farthest, farthest
        return first, last

    def _farthest(
        self, null: Callable[[float], bool], start: float, end: float, outwards: float = EDGE
    ) -> float:
        """Return how far from ``start`` towards ``end`` points are null, rounded outwards or inwards."""
        if null(end):
            return end
        inside, outside = start, end
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if null(middle) else (inside, middle)
        if outwards < 0:
            return inside
        step = EDGE if end > start else -EDGE
        return float(np.clip(outside + step, min(start, end), max(start, end)))


def _ordered(a: float, b: float) -> Interval:
    return (a, b) if a <= b else (b, a)
