"""Success under a truth, summed over every outcome and every node of its measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from trialdesign.simulation.exact.measures import Measure

NODES = 32  # of a truth at once


@dataclass(frozen=True, slots=True)
class Successes:
    """What becomes of trials under a truth.

    Attributes
    ----------
    success, effective, right : ndarray, shape (S,)
        Probabilities that a stratum succeeds, that its truth lies in the success region, and of both.
    any, all : float
        Probability that at least one stratum, or every stratum, succeeds.
    wrong : float
        Probability that at least one stratum succeeds whose truth lies outside the success region.
    """

    success: np.ndarray
    effective: np.ndarray
    right: np.ndarray
    any: float
    all: float
    wrong: float


def successes(groups: Sequence[list[np.ndarray]], measure: Measure) -> Successes:
    """Return what becomes of trials, from the decisions of groups of strata.

    Parameters
    ----------
    groups : sequence of lists of ndarray of bool
        Of each group of strata that inform each other, in the order of the design, the decisions of
        its strata, (I_1, ..., I_S, P_s).
    measure : Measure
        Of all strata.
    """
    success, right = [], []
    none, every, spared = (np.ones_like(measure.weight) for _ in range(3))
    start = 0
    for met in groups:
        own = slice(start, start + len(met))
        joint, effective = measure.joint[own], measure.effective[own]
        shared = [each.sum(axis=2) for each in joint]
        for s, decided in enumerate(met):
            success.append(_of_one(decided, s, joint[s], shared))
            right.append(_of_one(decided, s, effective[s], shared))
        null = [whole - part for whole, part in zip(joint, effective)]
        failed, passed, not_wrong = _together(met, joint, null)
        none, every, spared = none * failed, every * passed, spared * not_wrong
        start += len(met)
    by = lambda each: np.clip(np.array(each) @ measure.weight, 0.0, 1.0)
    return Successes(
        success=by(success),
        effective=by([each.sum(axis=(1, 2)) for each in measure.effective]),
        right=by(right),
        any=float(by(1 - none)),
        all=float(by(every)),
        wrong=float(by(1 - spared)),
    )


def _of_one(met: np.ndarray, s: int, own: np.ndarray, shared: Sequence[np.ndarray]) -> np.ndarray:
    """Return the probability (M,) of a stratum's success with outcomes of measure ``own`` (M, I, P)."""
    others = [each for r, each in enumerate(shared) if r != s]
    flat = np.moveaxis(met, s, -2).reshape(*(each.shape[1] for each in others), -1)
    found = flat.astype(float) @ own.reshape(len(own), -1).T  # (I_others..., M)
    for each in reversed(others):
        found = np.einsum("...im,mi->...m", found, each)
    return found


def _together(
    met: Sequence[np.ndarray], joint: Sequence[np.ndarray], null: Sequence[np.ndarray]
) -> np.ndarray:
    """Return, at every node, the probabilities (3, M) that none of some strata succeeds, that all do,
    and that none does while its truth is null."""
    strata, out = range(len(met)), np.empty((3, len(joint[0])))
    flat = [_by_own_outcome(decided, s) for s, decided in enumerate(met)]
    for start in range(0, out.shape[1], NODES):
        at = slice(start, start + NODES)
        whole = [_along(each[at].sum(axis=2), s, len(met)) for s, each in enumerate(joint)]
        succeeds = [_expected(flat[s], joint[s][at], met[s].shape[:-1], s) for s in strata]
        wrongly = [_expected(flat[s], null[s][at], met[s].shape[:-1], s) for s in strata]
        grids = (
            [of - part for of, part in zip(whole, succeeds)],
            succeeds,
            [of - part for of, part in zip(whole, wrongly)],
        )
        for q, each in enumerate(grids):
            out[q, at] = reduce(np.multiply, each).sum(axis=tuple(strata))
    return out


def _by_own_outcome(met: np.ndarray, s: int) -> np.ndarray:
    """Return decisions (I_s, others, P_s) from (I_1, ..., I_S, P_s)."""
    own = np.moveaxis(met, s, 0)
    return own.reshape(len(own), -1, met.shape[-1]).astype(float)


def _along(own: np.ndarray, s: int, n_strata: int) -> np.ndarray:
    """Return what a stratum's outcomes have (M, I_s) as (1, ..., I_s, ..., 1, M)."""
    shape = [1] * n_strata + [len(own)]
    shape[s] = own.shape[1]
    return own.T.reshape(shape)


def _expected(flat: np.ndarray, measure: np.ndarray, shape: tuple[int, ...], s: int) -> np.ndarray:
    """Return decisions summed over private outcomes with a measure (M, I_s, P_s): (I_1, ..., I_S, M)."""
    found = flat @ measure.transpose(1, 2, 0)  # (I_s, others, M)
    others = [n for r, n in enumerate(shape) if r != s]
    return np.moveaxis(found.reshape(shape[s], *others, -1), 0, s)
