"""Exact operating characteristics of random small designs against a sum over all their outcomes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from helpers import parse
from scipy import stats

from fuzz.brute import Posterior
from fuzz.designs import ARMS, DISCOUNTS, Draw, design
from trialdesign import operating_characteristics

CLOSE = 1e-4  # of a posterior probability to the one that decides: either decision may be right
TARGET = 1e-8  # of a probability of success
LEVEL = 1.15  # of the brute force's meshes: posterior probabilities within 1e-5
QUICK = (0, 10, 17)
LONG = tuple(seed for seed in range(60) if seed not in QUICK)


def case(seed: int) -> dict:
    """Return a small random design with a scenario."""
    draw, arms = Draw(12, seed), ARMS[seed % 3]
    kinds = ["independent", "pooled", "hierarchical", "exnex", "separate"]
    strata = {name: draw.of(kinds) for name in ("control", "treatment", "effect")}
    if arms != "single":  # both may not borrow where every outcome is enumerated
        strata["control"] = "independent"
    how = [None, *DISCOUNTS][draw.count(0, 7)]
    most = {"single": 5, "arm-wise": 2, "contrast": 2}[arms]
    document, _ = design(draw, "binary", arms, strata, how, draw.count(1, 2), most, draw.maybe(0.5))
    _decide_in_the_middle(document)
    rate = lambda: {stratum: draw.between(0, 1) for stratum in document["strata"]}
    controls = {} if arms == "single" else {"control": rate()}
    return document | {"scenarios": [{"name": "assumed", "treatment": rate(), **controls}]}


def _decide_in_the_middle(document: dict) -> None:
    """Keep one criterion, and let it be met by some outcomes only: about half may exceed it."""
    sizes = document["sample_size"]
    rows = [
        {"stratum": stratum, "arm": arm, "n": n, "responders": n // 2}
        for arm, each in sizes.items()
        for stratum, n in each.items()
    ]
    document["decision"] = document["decision"][:1]
    middle = Posterior(document, rows, LEVEL).answer().probability[0, 0]
    document["decision"][0]["probability"] = round(float(np.clip(middle, 0.02, 0.98)), 2)


def summed(document: dict) -> tuple[np.ndarray, np.ndarray]:
    """Return each stratum's probability of success (S,), and of outcomes that are too close to call."""
    sizes, scenario = document["sample_size"], document["scenarios"][0]
    cells = [(arm, stratum) for arm in sizes for stratum in document["strata"]]
    decision = document["decision"]
    success, close = np.zeros(len(document["strata"])), np.zeros(len(document["strata"]))
    for counts in product(*(range(sizes[arm][stratum] + 1) for arm, stratum in cells)):
        rows = [
            {"stratum": stratum, "arm": arm, "n": sizes[arm][stratum], "responders": count}
            for (arm, stratum), count in zip(cells, counts)
        ]
        likely = np.prod([
            stats.binom(row["n"], scenario[row["arm"]][row["stratum"]]).pmf(row["responders"])
            for row in rows
        ])  # fmt: skip
        found = Posterior(document, rows, LEVEL).answer().probability  # (S, J)
        margin = (found - [criterion["probability"] for criterion in decision]).min(axis=1)
        success += likely * (margin > 0)
        close += likely * (np.abs(margin) < CLOSE)
    return success, close


@pytest.mark.parametrize("seed", [*QUICK, *(pytest.param(s, marks=pytest.mark.slow) for s in LONG)])
def test_success_is_the_sum_over_all_outcomes(seed):
    document = case(seed)
    result = operating_characteristics(parse(document), method="exact")
    found = [
        next(row.value for row in result.rows
             if row.stratum == stratum and row.quantity in ("power", "type_i_error", "success"))
        for stratum in document["strata"]
    ]  # fmt: skip
    wanted, close = summed(document)
    assert (np.abs(found - wanted) < TARGET + close).all(), document
