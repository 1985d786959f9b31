"""B-splines fitted by least squares, with NumPy alone: SciPy's take a fifth of a second to import."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialdesign.errors import SpecificationError
from trialdesign.probability.cost import AFFORDED, words


@dataclass(frozen=True, slots=True)
class Spline:
    """A sum of B-splines.

    Attributes
    ----------
    knots : ndarray, shape (M + degree + 1,)
        Ascending; the first and the last ``degree + 1`` of them coincide.
    coefficients : ndarray, shape (M,)
    degree : int
    """

    knots: np.ndarray
    coefficients: np.ndarray
    degree: int

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the values at x, shape of x; beyond the knots those of the end pieces."""
        first, values = _basis(self.knots, self.degree, np.asarray(x, dtype=float))
        columns = first[..., None] + np.arange(self.degree + 1)
        return (values * self.coefficients[columns]).sum(axis=-1)

    def derivative(self) -> Spline:
        """Return the slope; where knots coincide it may jump."""
        k, t = self.degree, self.knots
        width = t[k + 1 : -1] - t[1 : -k - 1]
        steps = k * np.diff(self.coefficients)
        return Spline(t[1:-1], np.where(width > 0, steps / np.where(width > 0, width, 1), 0), k - 1)

    def antiderivative(self) -> Spline:
        """Return the integral from the first knot."""
        k = self.degree
        steps = self.coefficients * (self.knots[k + 1 :] - self.knots[: -k - 1]) / (k + 1)
        knots = np.concatenate([self.knots[:1], self.knots, self.knots[-1:]])
        return Spline(knots, np.concatenate([[0.0], np.cumsum(steps)]), k + 1)


def fit(x: np.ndarray, y: np.ndarray, weights: np.ndarray, knots: np.ndarray, degree: int) -> Spline:
    """Return the spline with the smallest sum of weighted squared distances.

    Parameters
    ----------
    x, y, weights : ndarray, shape (N,)
        Points between the first and the last knot; each piece of the spline must have some.
    knots : ndarray
    degree : int
    """
    if 3 * x.size * knots.size > AFFORDED:
        raise SpecificationError(
            f"a distribution must be known on so few points that its curve fits in {words(AFFORDED)}; "
            f"got {x.size:,}. State priors nearer to what data can say."
        )
    first, values = _basis(knots, degree, x)
    matrix = np.zeros((x.size, knots.size - degree - 1))
    np.put_along_axis(matrix, first[:, None] + np.arange(degree + 1), values, axis=1)
    weighted = matrix.T * weights  # normal equations: a Gram matrix of B-splines is well conditioned
    return Spline(knots, np.linalg.solve(weighted @ matrix, weighted @ y), degree)


def _basis(knots: np.ndarray, degree: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, at points of any shape, the first B-spline that is not zero and the values of that and
    the next ``degree`` ones, shape (..., degree + 1).  De Boor's recursion."""
    last = knots.size - degree - 2
    interval = np.clip(np.searchsorted(knots, x, side="right") - 1, degree, last)
    values = np.ones((*x.shape, 1))
    for k in range(1, degree + 1):
        wider = np.zeros((*x.shape, k + 1))
        for r in range(k):
            left, right = knots[interval - k + 1 + r], knots[interval + 1 + r]
            part = values[..., r] / (right - left)
            wider[..., r] += part * (right - x)
            wider[..., r + 1] += part * (x - left)
        values = wider
    return interval - degree, values
