"""Twin: the Belief's algebra in PyMC, so that every model is stated a second, independent time.

A stratum's parameter is one of C alternatives, each a PyTensor vector over strata with a log weight;
which one it is stays summed out, so that NUTS sees continuous parameters only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Twin:
    """C alternatives for the strata's parameters.

    Attributes
    ----------
    values : tuple of tensors, each (S,)
        The parameter under each alternative.
    log_weights : tuple of tensors or arrays, each (S,)
        Unnormalised log probability of each alternative in each stratum.
    """

    values: tuple
    log_weights: tuple

    @classmethod
    def of(cls, value) -> Twin:
        """Return the twin with a single alternative."""
        return cls((value,), (0.0 * value,))


def variables(pm, name: str, priors: Sequence):
    """Return independent parameters (S,) with these priors."""
    if all(prior == priors[0] for prior in priors):  # one vector compiles faster than S numbers
        return priors[0].variable(pm, name, len(priors))
    return pm.math.stack([prior.variable(pm, f"{name}_{s}") for s, prior in enumerate(priors)])


def update(twin: Twin, log_likelihood: Callable) -> Twin:
    """Apply Bayes' rule: add ``log_likelihood(value)``, a vector over strata, to each alternative."""
    added = zip(twin.log_weights, twin.values)
    return Twin(twin.values, tuple(weight + log_likelihood(value) for weight, value in added))


def settle(pm, name: str, twin: Twin) -> Twin:
    """Give the evidence of the alternatives to the model and return them with weights summing to one."""
    if len(twin.values) == 1:
        pm.Potential(f"{name}_evidence", twin.log_weights[0].sum())
        return Twin.of(twin.values[0])
    total = pm.math.logsumexp(pm.math.stack(twin.log_weights), axis=0)
    pm.Potential(f"{name}_evidence", total.sum())
    return Twin(twin.values, tuple(weight - total for weight in twin.log_weights))


def mix_within(pm, name: str, first: Twin, second: Twin, weight: np.ndarray | float) -> Twin:
    """Mix two twins stratum by stratum; ``weight`` is the prior probability of the second."""
    first, second = settle(pm, f"{name}_first", first), settle(pm, f"{name}_second", second)
    with np.errstate(divide="ignore"):
        ours, theirs = np.log1p(-np.asarray(weight)), np.log(np.asarray(weight))
    weights = [w + ours for w in first.log_weights] + [w + theirs for w in second.log_weights]
    return Twin(first.values + second.values, tuple(weights))


def cross(pm, first: Twin, second: Twin) -> Twin:
    """Return every pair of alternatives of two independent twins, values (2, S), log weights (S,)."""
    pairs = [
        (pm.math.stack([ours, theirs]), w + v)
        for ours, w in zip(first.values, first.log_weights)
        for theirs, v in zip(second.values, second.log_weights)
    ]
    return Twin(*(tuple(parts) for parts in zip(*pairs)))
