"""What an endpoint declares about itself: its scales, its results, and how published data are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

Map = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Scale:
    """The two scales of an arm's parameter, and how they are called.

    Attributes
    ----------
    name : str
        Of the natural scale, as distributions that live on it say: ``probability``, ``rate``, ``mean``.
    to_natural, to_linear : callable
        Elementwise.
    family : {"beta", "gamma", "normal"}
        The conjugate distribution, on the natural scale.
    linear_label, natural_label, effect_label : str
        In the heads of tables: the parameter on both scales, and a treatment effect.
    axis_label, effect_axis_label : str
        In figures, the unit with them.
    axis, effect_axis : {"unit", "log", "plain"}
        How a figure shows them: from 0 to 1, on a logarithmic axis, or plainly.
    """

    name: str
    to_natural: Map
    to_linear: Map
    family: Literal["beta", "gamma", "normal"]
    linear_label: str
    natural_label: str
    effect_label: str
    axis_label: str
    effect_axis_label: str
    axis: Literal["unit", "log", "plain"]
    effect_axis: Literal["log", "plain"]


@dataclass(frozen=True, slots=True)
class Results:
    """What a group of patients shows, as tables and figures tell it.

    Attributes
    ----------
    size : str
        What a result is counted in: ``patients``, ``months``.
    count : str
        What is counted, as the column of that name: ``responders``, ``events``.
    in_size : str
        Between the two: ``5 of 12``, ``5 in 90 months``; a format of the size.
    axis_label : str
        Of a result in figures, divided by its size where it grows with it.
    planned : bool
        Whether the planned patients are the size, so that it is known before the trial.
    told_at : {"fraction", "count", "quantile"}
        Where a table shows what follows from results: at fractions of the size, which is the largest
        result then, at small counts, or at quantiles of what is expected.
    grows : bool
        Whether a result grows with its size, so that results of two sizes compare once divided by them.
    """

    size: str
    count: str
    in_size: str
    axis_label: str
    planned: bool
    told_at: Literal["fraction", "count", "quantile"]
    grows: bool = True


@dataclass(frozen=True, slots=True)
class Described:
    """Published data as they were: a result with its exact 95 % interval, before any model.

    Attributes
    ----------
    size, count : float
        E.g. patients and responders, months and events.
    told : str
        The result, e.g. ``8 of 8``.
    estimate, lower, upper : float
        On the natural scale.
    """

    size: float
    count: float
    told: str
    estimate: float
    lower: float
    upper: float
