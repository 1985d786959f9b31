"""Random legal designs and data as plain documents: every kind, in agreement and in wild conflict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

STRATA = ("SLE", "IIM", "SSc", "MG", "MS", "ITP")
BORROWINGS = ("independent", "pooled", "hierarchical", "exnex", "exnex of two", "separate")
DISCOUNTS = ("full", "power", "normalised_power", "drift", "spike_and_slab", "meta_analytic", "robust")
ARMS = ("single", "arm-wise", "contrast")
ESTIMANDS = {
    "binary": ("response", "difference", "ratio", "log_odds_ratio"),
    "time_to_event": (
        "hazard", "median", "survival", "survival_difference", "rmst_difference", "hazard_ratio",
    ),
}  # fmt: skip
ALONE = ("response", "hazard", "median", "survival")


class Draw:
    """Choices, all from one seed."""

    def __init__(self, *seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def of(self, options: Sequence):
        return options[int(self.rng.integers(len(options)))]

    def maybe(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def between(self, low: float, high: float, digits: int = 2) -> float:
        return round(float(self.rng.uniform(low, high)), digits)

    def log_between(self, low: float, high: float) -> float:
        return float(f"{np.exp(self.rng.uniform(np.log(low), np.log(high))):.2g}")

    def count(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))


# ---- priors


def location(draw: Draw, kind: str, name: str, plain: bool = False) -> dict:
    """Return a prior of a parameter; ``plain`` ones are normal or Student's."""
    centre = -3.0 if kind == "time_to_event" and name != "effect" else 0.0
    if draw.maybe(0.12) and not plain:
        parts = [location(draw, kind, name, True) for _ in range(2)]
        if name != "effect" and draw.maybe(0.5):
            parts = [natural(draw, kind) for _ in range(2)]
        share = draw.between(0.1, 0.9)
        return {"mixture": [{"weight": share, **parts[0]}, {"weight": round(1 - share, 4), **parts[1]}]}
    names = ["Normal"] * 4 + ["StudentT"]
    if not plain:
        names += ["natural"] * (3 if name != "effect" else 0)
        names += ["Uniform", "Uniform", "HalfNormal", "HalfCauchy", "HalfStudentT", "Exponential",
                  "InverseGamma", "LogNormal"] if draw.maybe(0.35) else []  # fmt: skip
    dist = draw.of(names)
    if dist == "natural":
        return natural(draw, kind)
    mu, sigma = round(centre + draw.between(-2.5, 2.5), 2), draw.log_between(0.2, 2.5)
    low = round(centre + draw.between(-4, 0), 2)
    return {
        "Normal": {"mu": mu, "sigma": sigma},
        "StudentT": {"nu": draw.of([3.0, 4.0, 8.0]), "mu": mu, "sigma": min(sigma, 1.0)},
        "Uniform": {"lower": low, "upper": round(low + draw.between(2, 6), 2)},
        "HalfNormal": {"sigma": sigma},
        "HalfCauchy": {"beta": sigma},
        "HalfStudentT": {"nu": 3.0, "sigma": sigma},
        "Exponential": {"lam": draw.between(0.5, 3)},
        "InverseGamma": {"alpha": draw.between(2, 5), "beta": draw.between(1, 4)},
        "LogNormal": {"mu": draw.between(-0.5, 0.5), "sigma": draw.between(0.3, 0.8)},
    }[dist] | {"dist": dist}


def natural(draw: Draw, kind: str) -> dict:
    """Return a Beta on a response probability, or a Gamma on a hazard."""
    if kind == "binary":
        size, mean = draw.log_between(1.2, 500), draw.between(0.05, 0.95)
        alpha, beta = max(0.3, size * mean), max(0.3, size * (1 - mean))
        return {"dist": "Beta", "alpha": round(alpha, 2), "beta": round(beta, 2)}
    alpha = draw.log_between(0.5, 60)
    return {"dist": "Gamma", "alpha": alpha, "beta": float(f"{alpha / draw.log_between(0.01, 0.3):.3g}")}


def scale(draw: Draw, small: bool = False):
    """Return a standard deviation, fixed or with a prior."""
    size = draw.log_between(0.05, 1.0) if small else draw.log_between(0.1, 1.5)
    kind = draw.of(["fixed", "HalfNormal", "HalfNormal", "HalfNormal", "HalfCauchy", "HalfStudentT",
                    "Uniform", "Exponential", "InverseGamma", "LogNormal"])  # fmt: skip
    return {
        "fixed": size,
        "HalfNormal": {"dist": kind, "sigma": size},
        "HalfCauchy": {"dist": kind, "beta": size},
        "HalfStudentT": {"dist": kind, "nu": draw.of([3.0, 5.0]), "sigma": size},
        "Uniform": {"dist": kind, "lower": draw.of([0.0, 0.0, 0.05]), "upper": round(2 * size + 0.1, 3)},
        "Exponential": {"dist": kind, "lam": round(1 / size, 3)},
        "InverseGamma": {"dist": kind, "alpha": draw.of([2.0, 3.0]), "beta": size},
        "LogNormal": {"dist": kind, "mu": round(float(np.log(size)), 3), "sigma": draw.of([0.3, 0.7])},
    }[kind]


# ---- components


def each(draw: Draw, strata: Sequence[str], make) -> object:
    """Return one value for all strata, or one per stratum."""
    return {s: make() for s in strata} if draw.maybe(0.3) else make()


def borrowing(draw: Draw, kind: str, name: str, strata: Sequence[str], how: str) -> dict:
    """Return the document of a kind of borrowing."""
    prior = lambda: location(draw, kind, name)
    if how == "independent":
        return {"kind": how, "prior": each(draw, strata, prior)}
    if how == "pooled":
        return {"kind": how, "prior": prior()}
    if how == "hierarchical":
        on = "variance" if draw.maybe(0.25) else "sd"
        offset = {s: draw.between(-1, 1) for s in strata}
        more = {"offset": offset} if draw.maybe(0.25) else {}
        mean = location(draw, kind, name, plain=draw.maybe(0.7))
        return {"kind": how, "mean": mean, on: scale(draw), **more}
    if how == "separate":
        inner = draw.of(["hierarchical", "exnex", "pooled", "independent"])
        return {"kind": how, "strata": borrowing(draw, kind, name, strata, inner)}
    n = 2 if how == "exnex of two" else 1
    shares = lambda: [int(v) / 100 for v in draw.rng.multinomial(100, [1 / (n + 1)] * (n + 1))]
    given = {s: shares() for s in strata} if draw.maybe(0.3) else shares()
    weight = lambda c: {s: w[c] for s, w in given.items()} if isinstance(given, Mapping) else given[c]
    parts = [
        {"weight": weight(c + 1), "mean": location(draw, kind, name, True), "sd": scale(draw)}
        for c in range(n)
    ]
    alone = {"weight": weight(0), "prior": each(draw, strata, prior)}
    return {"kind": "exnex", "exchangeable": parts, "nonexchangeable": alone}


def discount(draw: Draw, kind: str, name: str, how: str) -> dict:
    """Return the document of a discount."""
    small = lambda: scale(draw, True)
    if how == "power":
        return {"kind": how, "exponent": draw.of([0.0, 1.0, draw.between(0, 1), draw.between(0, 1)])}
    if how == "normalised_power":
        out = {"kind": how, "initial": location(draw, kind, name)}
        if draw.maybe(0.5):
            shapes = {"alpha": draw.between(0.5, 8), "beta": draw.between(0.5, 8)}
            out["exponent"] = {"dist": "Beta", **shapes}
        return out
    if how in ("drift", "meta_analytic"):
        return {"kind": how, "sd": small()}
    if how == "spike_and_slab":
        if draw.maybe(0.5):
            spike, slab = draw.log_between(0.03, 0.2), draw.log_between(0.5, 3)
        else:
            spike = {"dist": "HalfNormal", "sigma": draw.log_between(0.03, 0.2)}
            slab = {"dist": "HalfNormal", "sigma": draw.log_between(0.5, 3)}
        return {"kind": how, "probability": draw.between(0.05, 0.95), "spike": spike, "slab": slab}
    if how == "robust":
        out = {"kind": how, "weight": draw.between(0.05, 0.95)}
        out |= {"scope": "evidence"} if draw.maybe(0.4) else {"vague": location(draw, kind, name)}
        inner = draw.of([None, *DISCOUNTS[:-1]])
        return out | ({"discount": discount(draw, kind, name, inner)} if inner else {})
    return {"kind": "full"}


def evidence(
    draw: Draw, kind: str, arm: str, strata: Sequence[str], how: str, i: int, wild: bool
) -> dict:
    """Return one use of made-up evidence."""
    rows = []
    for j in range(draw.count(1, min(3, len(strata) + 1))):
        stratum = draw.of([*strata, "elsewhere"]) if j else draw.of(strata)
        n = draw.log_between(3, 900 if wild else 60)
        rows.append({"stratum": stratum, "study": f"study {i} {j}"} | counts(draw, kind, int(n), wild))
    source = {
        "name": f"past {arm} {i}", "citation": "made up", "arm": arm, "grade": "B", "data": rows,
        "endpoint": {"kind": kind, "name": "event"},
    }  # fmt: skip
    out = {"source": source, "discount": discount(draw, kind, arm, how)}
    return out | ({"exposure": draw.of(["lower", "upper"])} if draw.maybe(0.2) else {})


def counts(draw: Draw, kind: str, n: int, wild: bool, bounds: bool = True) -> dict:
    """Return the counts of n patients, anything at all where ``wild``."""
    rate = draw.between(0, 1) if wild else draw.between(0.3, 0.7)
    if draw.maybe(0.15):
        rate = draw.of([0.0, 1.0])
    y = int(draw.rng.binomial(n, rate))
    if kind == "binary":
        return {"n": n, "responders": y}
    months = draw.between(4, 30, 1) if not wild else draw.log_between(0.5, 60)
    total = round(max(n, 0.2) * months, 1)
    if bounds and draw.maybe(0.3):
        ends = {"lower": round(0.7 * total, 1), "upper": round(1.2 * total, 1)}
        return {"events": y, "exposure": ends}
    return {"events": y, "exposure": total}


# ---- designs


def criterion(draw: Draw, kind: str, estimand: str) -> dict:
    """Return a criterion about an estimand, its threshold in range."""
    threshold = {
        "response": draw.between(0.05, 0.95), "difference": draw.between(-0.3, 0.4),
        "ratio": draw.between(0.5, 2.5), "log_odds_ratio": draw.between(-1, 1.5),
        "hazard": draw.log_between(0.01, 0.3), "median": draw.log_between(2, 60),
        "survival": draw.between(0.1, 0.9), "survival_difference": draw.between(-0.2, 0.3),
        "rmst_difference": draw.between(-2, 3), "hazard_ratio": draw.between(0.4, 1.4),
    }[estimand]  # fmt: skip
    out = {"estimand": estimand, draw.of(["greater_than", "less_than"]): threshold}
    if estimand in ("survival", "survival_difference"):
        out["at"] = draw.of([6.0, 12.0, 24.0])
    if estimand == "rmst_difference":
        out["to"] = draw.of([12.0, 24.0])
    return out | {"probability": draw.of([0.5, 0.8, 0.9, 0.975])}


def design(
    draw: Draw, kind: str, arms: str, borrowings: Mapping[str, str], how: str | None, n_strata: int,
    largest: int, wild: bool,
) -> tuple[dict, list[dict]]:  # fmt: skip
    """Return a design and one data set; ``borrowings`` say how each component borrows."""
    strata = list(STRATA[:n_strata])
    components = {"single": ["treatment"], "arm-wise": ["control", "treatment"],
                  "contrast": ["control", "effect"]}[arms]  # fmt: skip
    model, informed = {}, [c for c in components if c != "effect"]
    for name in components:
        model[name] = {"strata": borrowing(draw, kind, name, strata, borrowings[name])}
    if how is not None:
        name = draw.of(informed)
        uses = [evidence(draw, kind, name, strata, how, 0, wild)]
        if draw.maybe(0.2):
            uses.append(evidence(draw, kind, name, strata, draw.of(DISCOUNTS), 1, wild))
        model[name]["evidence"] = uses
    names = [e for e in ESTIMANDS[kind] if arms != "single" or e in ALONE]
    chosen = draw.rng.permutation(names)[: draw.count(1, 2)]
    decision = [criterion(draw, kind, str(name)) for name in chosen]
    trial = ["treatment"] if arms == "single" else ["control", "treatment"]
    size = {arm: {s: draw.of([0, *[draw.count(1, largest)] * 9]) for s in strata} for arm in trial}
    data = [
        {"stratum": s, "arm": arm} | counts(draw, kind, size[arm][s], wild, bounds=False)
        for arm in trial for s in strata
    ]  # fmt: skip
    for row in data:
        if row.get("events") == 0 and size[row["arm"]][row["stratum"]] == 0:
            row["exposure"] = 0.0
    document = {
        "title": "a random design", "strata": strata, "endpoint": {"kind": kind, "name": "event"},
        "sample_size": size, "model": model, "decision": decision,
    }  # fmt: skip
    if kind == "time_to_event":
        document |= {"accrual": {"rate": 5.0}, "follow_up": 12.0}
    return document, data
