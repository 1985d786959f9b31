"""Twin: the Belief's algebra in PyMC, so that every model is stated a second, independent time.

A stratum's parameter is one of A alternatives, each with a log weight; which one it is stays summed
out, so that NUTS sees continuous parameters only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

NEVER = 1e-300  # weight of an alternative that cannot be: its logarithm stays a number


@dataclass(frozen=True, slots=True)
class Twin:
    """A alternatives for the strata's parameters.

    Attributes
    ----------
    values : tensor, shape (A, S)
        The parameter under each alternative.
    log_weights : tensor or ndarray, shape (A, S)
        Unnormalised log probability of each alternative in each stratum; an array until evidence
        has been seen, and normalised until then.
    size : int
        Number of alternatives, A.
    """

    values: object
    log_weights: object
    size: int

    @classmethod
    def of(cls, value) -> Twin:
        """Return the twin with a single alternative, ``value`` (S,)."""
        return cls(value[None], np.zeros((1, value.type.shape[0])), 1)


def variables(pm, name: str, priors: Sequence):
    """Return independent parameters (S,) with these priors."""
    if all(prior == priors[0] for prior in priors):  # one vector compiles faster than S numbers
        return priors[0].variable(pm, name, len(priors))
    return pm.math.stack([prior.variable(pm, f"{name}_{s}") for s, prior in enumerate(priors)])


def concatenate(pm, twins: Sequence[Twin]) -> Twin:
    """Put twins of different strata, with equally many alternatives, side by side."""
    values = pm.math.concatenate([twin.values for twin in twins], axis=1)
    log_weights = _join(pm, [twin.log_weights for twin in twins], axis=1)
    return Twin(values, log_weights, twins[0].size)


def update(twin: Twin, log_likelihood: Callable) -> Twin:
    """Apply Bayes' rule; ``log_likelihood`` maps parameters (A, S) to log likelihoods (A, S)."""
    return Twin(twin.values, twin.log_weights + log_likelihood(twin.values), twin.size)


def settle(pm, name: str, twin: Twin) -> Twin:
    """Give the evidence of the alternatives to the model and return them with weights summing to one."""
    if isinstance(twin.log_weights, np.ndarray):
        return twin
    if twin.size == 1:
        pm.Potential(f"{name}_evidence", twin.log_weights.sum())
        return Twin.of(twin.values[0])
    total = log_add(pm, [twin.log_weights[i] for i in range(twin.size)])
    pm.Potential(f"{name}_evidence", total.sum())
    return Twin(twin.values, twin.log_weights - total, twin.size)


def log_add(pm, parts: Sequence):
    """Return log(sum(exp(parts))), elementwise; it compiles in a third of the time of logsumexp."""
    return reduce(lambda total, part: total + pm.math.log1pexp(part - total), parts)


def mix_within(pm, name: str, first: Twin, second: Twin, weight: np.ndarray | float) -> Twin:
    """Mix two twins stratum by stratum; ``weight`` is the prior probability of the second."""
    first, second = settle(pm, f"{name}_first", first), settle(pm, f"{name}_second", second)
    ours, theirs = np.log(np.maximum([1 - np.asarray(weight), np.asarray(weight)], NEVER))
    values = pm.math.concatenate([first.values, second.values])
    log_weights = _join(pm, [first.log_weights + ours, second.log_weights + theirs], axis=0)
    return Twin(values, log_weights, first.size + second.size)


def evidence(pm, twin: Twin):
    """Return the log probability (S,) of what a twin has learned from."""
    return log_add(pm, [twin.log_weights[i] for i in range(twin.size)])


def either(pm, first: Twin, second: Twin, evidence, weight: float) -> Twin:
    """Mix two twins of one prior, neither of them settled; ``evidence`` (S,) counts with the second."""
    theirs = second.log_weights + evidence + np.log(weight)
    log_weights = _join(pm, [first.log_weights + np.log(1 - weight), theirs], axis=0)
    values = pm.math.concatenate([first.values, second.values])
    return Twin(values, log_weights, first.size + second.size)


def cross(first: Twin, second: Twin) -> tuple[object, Twin]:
    """Pair every alternative of one twin with every one of another, independent of it.

    Returns
    -------
    values : tensor, shape (A * B, S)
        The first twin's parameter in each pair.
    twin : Twin
        The second twin's, with the weights of the pairs.
    """
    ours, theirs = (part.ravel() for part in np.indices((first.size, second.size)))
    log_weights = first.log_weights[ours] + second.log_weights[theirs]
    return first.values[ours], Twin(second.values[theirs], log_weights, ours.size)


def _join(pm, parts: Sequence, axis: int):
    """Concatenate arrays or tensors; arrays stay arrays."""
    known = all(isinstance(part, np.ndarray) for part in parts)
    return (np if known else pm.math).concatenate(parts, axis=axis)
