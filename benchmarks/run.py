"""Measure the speed and memory of trialdesign, and of its peers in the same run.

    python benchmarks/run.py            # every row
    python benchmarks/run.py contrast   # rows whose name holds the word

Each row is measured in a process of its own, so that its memory is its own and nothing is warm that
should be cold.  See benchmarks/README.md for what each row is.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
R_PACKAGE = 18.0  # trials a second: a figure given for the usual R package, not measured here
R_SURVIVAL = {"simtrial": 40.0, "rpact (compiled, no borrowing)": 4700.0}  # given as well

HIERARCHICAL = (
    "{kind: hierarchical, mean: {dist: Normal, mu: 0, sigma: %s}, sd: {dist: HalfNormal, sigma: %s}}"
)
COHORT = (
    "[{source: mueller-2024-response, discount: "
    "{kind: robust, weight: 0.5, vague: {dist: Normal, mu: 0, sigma: 2}}}]"
)
TREATMENT = f"{{strata: {HIERARCHICAL % (2, 1)}, evidence: {COHORT}}}"
CONTROL = "{strata: {kind: independent, prior: {dist: Normal, mu: -1, sigma: 1}}}"
EFFECT = f"{{strata: {HIERARCHICAL % (1, 0.5)}}}"
RATES = [("0.1", "0.1"), ("{SLE: 0.6, IIM: 0.1, SSc: 0.1}", "0.1"), ("0.6", "0.1"), ("0.3", "0.1")]


def design(model: str, treatment: int, control: int | None = None):
    """Return a design in three strata with four scenarios."""
    from trialdesign.design.file import load_design

    estimand, margin = ("response", 0.3) if control is None else ("difference", 0)
    size = f"{{treatment: {treatment}" + ("}" if control is None else f", control: {control}}}")
    scenarios = [
        f"  - {{name: '{i}', treatment: {t}" + ("}" if control is None else f", control: {c}}}")
        for i, (t, c) in enumerate(RATES)
    ]
    text = "\n".join(
        [
            "title: a benchmark",
            "strata: [SLE, IIM, SSc]",
            "endpoint: {kind: binary, name: response}",
            f"sample_size: {size}",
            f"model: {model}",
            f"decision: [{{estimand: {estimand}, greater_than: {margin}, probability: 0.975}}]",
            "scenarios:",
            *scenarios,
        ]
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "design.yaml"
        path.write_text(text)
        return load_design(path)


RELAPSE = """\
title: a benchmark
strata: [SLE, IIM, SSc]
endpoint: {kind: time_to_event, name: relapse}
sample_size: {treatment: 60, control: 30}
accrual: {rate: 15}
follow_up: 24
dropout: {rate: 0.004}
looks: [{events: 20}, {calendar: 20}, {events: 40}, {followed: 24}]
model:
  control: {strata: {kind: independent, prior: {dist: Normal, mu: -4, sigma: 1}}}
  treatment:
    strata:
      kind: hierarchical
      mean: {dist: Normal, mu: -4, sigma: 1.5}
      sd: {dist: HalfNormal, sigma: 0.5}
    evidence:
      - source: mueller-2024-relapse
        discount: {kind: robust, weight: 0.5, vague: {dist: Normal, mu: -4, sigma: 1.5}}
decision: [{estimand: hazard_ratio, less_than: 1, probability: 0.975}]
scenarios: [{name: benefit, control: 0.015, treatment: 0.004}]
"""


def looked(trials: int = 10_000) -> dict:
    """Time a trial in three strata with a time to event, analysed four times."""
    from trialdesign import load_design, operating_characteristics

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "design.yaml"
        path.write_text(RELAPSE)
        stated = load_design(path)
    clock = Clock()
    operating_characteristics(stated, trials=trials)
    return {**clock.read(), "analysed": 4 * trials, "simulated": trials}


def followed_up() -> dict:
    """Time the shipped ladder: 12 rungs, three scenarios, the design's own trials."""
    from dataclasses import replace

    from trialdesign import load_design
    from trialdesign.sizing.follow_up import LADDER, required_follow_up

    clock, stated = Clock(), load_design("cart-durability")
    result = required_follow_up(replace(stated, scenarios=stated.scenarios[:3]))
    simulated = 3 * len(LADDER) * result.trials  # a simulator without common patients draws them all
    return {**clock.read(), "analysed": simulated, "simulated": simulated}


def shaped(family: str, trials: int = 10_000) -> dict:
    """Time the shipped controlled trial, analysed as a family whose shape is summed out."""
    from dataclasses import replace

    from trialdesign import load_design
    from trialdesign.specification.registry import kinds

    stated = load_design("cart-durability")
    keys = {"distribution": family, "horizon": 24.0, "name": stated.endpoint.name}
    endpoint = kinds("trialdesign.endpoints.time_to_event")[family](**keys)
    stated = replace(stated, endpoint=endpoint, scenarios=stated.scenarios[:1])
    return computed(stated, "simulation", trials)


def single_arm(n: int = 30):
    return design(f"{{treatment: {TREATMENT}}}", n)


def arm_wise(treatment: int = 40, control: int = 20):
    return design(f"{{control: {CONTROL}, treatment: {TREATMENT}}}", treatment, control)


def contrast(treatment: int, control: int):
    return design(f"{{control: {CONTROL}, effect: {EFFECT}}}", treatment, control)


class Clock:
    """Seconds on the wall, and of both cores: the latter hardly feel what else the machine does."""

    def __init__(self) -> None:
        self.started = time.perf_counter(), time.process_time()

    def read(self) -> dict:
        wall, cpu = self.started
        return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def computed(stated, method: str, trials: int | None = None, warm: bool = False) -> dict:
    """Time the operating characteristics of a design; a warm run is the second of two."""
    from trialdesign import operating_characteristics
    from trialdesign.simulation.exact.countable import n_outcomes

    for _ in range(1 + warm):
        clock = Clock()
        result = operating_characteristics(stated, method=method, trials=trials)
        seconds = clock.read()
    scenarios = len(stated.scenarios)
    analysed = n_outcomes(stated) if method == "exact" else result.trials * scenarios
    return {**seconds, "analysed": analysed}


HEAVY = ("pymc", "scipy.stats", "pandas", "matplotlib")


def command(*arguments: str, repeat: int = 1) -> dict:
    """Time a command in a cold process; the fastest of some runs."""
    call, seconds = [sys.executable, "-m", "trialdesign", *arguments], []
    for _ in range(repeat):
        started = time.perf_counter()
        subprocess.run(call, check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return {"seconds": min(seconds)}


def help_page() -> dict:
    """Time `trialdesign --help`, and tell which heavy libraries it loads."""
    call = [sys.executable, "-X", "importtime", "-m", "trialdesign", "--help"]
    log = subprocess.run(call, check=True, capture_output=True, text=True).stderr
    names = {line.rpartition("|")[2].strip() for line in log.splitlines()}
    loaded = ", ".join(name for name in HEAVY if name in names) or "none of " + ", ".join(HEAVY)
    return {**command("--help", repeat=5), "note": f"loads {loaded}"}


def ratio(first: Callable[[], dict], second: Callable[[], dict]) -> dict:
    """Return how many times the processor time of the first the second takes; both warm."""
    first(), second()
    one, two = (min(f()["cpu"] for _ in range(2)) for f in (first, second))
    return {"seconds": two, "value": two / one}


def mcmc(n_fits: int = 20) -> dict:
    """Time NUTS on the single-arm trial, a fit each: compiled once, one chain of 1,000 draws."""
    import numpy as np
    import pymc as pm

    rng = np.random.default_rng(1)
    with pm.Model() as model:
        y = pm.Data("y", np.array([15, 15, 15]))
        mu = pm.Normal("mu", 0, 2)
        tau = pm.HalfNormal("tau", 1)
        theta = pm.Deterministic("theta", mu + tau * pm.Normal("z", 0, 1, shape=3))
        pm.Binomial("seen", n=30, logit_p=theta, observed=y)
    try:
        import nutpie

        compiled = nutpie.compile_pymc_model(model)

        def fit(data):
            own = compiled.with_data(y=data)
            nutpie.sample(own, draws=1000, tune=500, chains=1, progress_bar=False, seed=1)
    except ImportError:

        def fit(data):
            with model:
                pm.set_data({"y": data})
                pm.sample(1000, tune=500, chains=1, progressbar=False, random_seed=1)

    fit(np.array([12, 9, 20]))
    clock = Clock()
    for _ in range(n_fits):
        fit(rng.binomial(30, 0.4, 3))
    return {name: value / n_fits for name, value in clock.read().items()} | {"analysed": 1}


def nuts() -> dict:
    """Time the package's MCMC engine on one trial: four chains of 2,500 draws, compilation included."""
    import numpy as np

    from trialdesign.analysis.sampling.nuts import sample_posterior

    outcomes = [{"treatment": np.array([[30.0, y]])} for y in (18, 9, 12)]
    clock = Clock()
    sample_posterior(single_arm(), outcomes)
    return clock.read() | {"analysed": 1}


NUTS = "peer: NUTS, one fit, compiled before"

# name: what is measured, seconds to reach (a ratio where the measure is one), GB to reach
ROWS: dict[str, tuple[Callable[[], dict], float | None, float | None]] = {
    "trialdesign --help": (help_page, 0.25, None),
    "power, shipped design, cold process": (
        lambda: command("power", "cart-three-diseases", "--json", repeat=2), 3, None,
    ),
    "single-arm 3 x 30 with cohort, every outcome, warm": (
        lambda: computed(single_arm(), "exact", warm=True), 0.5, None,
    ),
    "arm-wise 3 x (40 : 20), exact": (lambda: computed(arm_wise(), "exact"), 3, None),
    "contrast 3 x (20 : 10), exact": (lambda: computed(contrast(20, 10), "exact"), 10, 2),
    "contrast 3 x (100 : 100), 10,000 trials per scenario": (
        lambda: computed(contrast(100, 100), "simulation", 10_000), 3, None,
    ),
    "ratio: twice the trials": (
        lambda: ratio(
            lambda: computed(contrast(100, 100), "simulation", 10_000),
            lambda: computed(contrast(100, 100), "simulation", 20_000),
        ),
        2,
        None,
    ),
    "ratio: twice the strata's size, simulated": (
        lambda: ratio(
            lambda: computed(contrast(100, 100), "simulation", 10_000),
            lambda: computed(contrast(200, 200), "simulation", 10_000),
        ),
        2,
        None,
    ),
    "single-arm 3 x 30, 40,000 simulated trials": (
        lambda: computed(single_arm(), "simulation", 10_000, warm=True), None, None,
    ),
    "time to event 3 x (60 : 30), 10,000 trials, four looks": (looked, 5, 2),
    "follow-up, shipped design, 12 rungs, three scenarios": (followed_up, 20, 2),
    "events, shipped design, cold process": (
        lambda: command("events", "cart-durability", "--json", repeat=3), 1, 2,
    ),
    "time to event, weibull 3 x (60 : 30 to 40), 10,000 trials": (
        lambda: shaped("weibull"), None, 2,
    ),
    "time to event, cure 3 x (60 : 30 to 40), 10,000 trials": (lambda: shaped("cure"), None, 2),
    NUTS: (mcmc, None, None),
    "peer: analyse --engine nuts, one fit": (nuts, None, None),
}  # fmt: skip


def measured(name: str) -> dict:
    """Measure one row in a process of its own."""
    run = subprocess.run(
        [sys.executable, __file__, "--row", name],
        capture_output=True, text=True, cwd=ROOT, check=False,
        env={"OPENBLAS_NUM_THREADS": "1", **os.environ},  # as the commands do
    )  # fmt: skip
    if run.returncode:
        return {"error": run.stderr.strip().splitlines()[-1] if run.stderr.strip() else "failed"}
    return json.loads(run.stdout.splitlines()[-1])


def measure_here(name: str) -> None:
    """Measure one row in this process and print it."""
    found = ROWS[name][0]()
    who = resource.RUSAGE_CHILDREN if "cold" in name or "--help" in name else resource.RUSAGE_SELF
    unit = 1 if sys.platform == "darwin" else 1024
    found["memory"] = resource.getrusage(who).ru_maxrss * unit / 1e9
    print(json.dumps(found))


def line(name: str, found: dict) -> str:
    """Return a row of the table."""
    _, target, most_memory = ROWS[name]
    if "error" in found:
        return f"{name:<52} {found['error']}"
    value = found.get("value", found["seconds"])
    aim = "" if target is None else f"{target:g}"
    share = "" if target is None else f"{value / target:.2f}"
    cpu = f"{found['cpu']:.2f}" if "cpu" in found else ""
    speed = f"{found['analysed'] / found['seconds']:,.1f}" if "analysed" in found else ""
    memory = f"{found['memory']:.2f}" + (f" (< {most_memory})" if most_memory else "")
    note = found.get("note", "")
    return (
        f"{name:<52} {value:>9.3f} {aim:>7} {share:>6} {cpu:>8} {speed:>12}  {memory}  {note}".rstrip()
    )


SAME_TRIAL = "single-arm"  # what the MCMC peer fits


def peers(found: dict[str, dict]) -> list[str]:
    """Return how many times faster trials are analysed here than by the peers."""
    out = []
    for name, row in found.items():
        if "analysed" not in row or name.startswith("peer"):
            continue
        speed = row["analysed"] / row["seconds"]
        out.append(f"{name}: {speed:,.0f} trials a second")
        if "simulated" in row:
            speed = row["simulated"] / row["seconds"]
            out[-1] = f"{name}: {speed:,.0f} simulated trials a second"
            out += [
                f"    {speed / their:,.1f} times {who}, {their:,.0f} a second (given, not measured here)"
                for who, their in R_SURVIVAL.items()
            ]
            continue
        out.append(f"    {speed / R_PACKAGE:,.0f} times the R package's 18 (given, not measured here)")
        if SAME_TRIAL in name and "seconds" in found.get(NUTS, {}):
            fits = 1 / found[NUTS]["seconds"]
            out.append(f"    {speed / fits:,.0f} times NUTS on the same trial, {fits:.1f} fits a second")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("word", nargs="?", default="", help="measure only rows whose name holds it")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row:
        measure_here(options.row)
        return
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    print(f"{'work':<52} {'seconds':>9} {'target':>7} {'ratio':>6} {'cpu s':>8} {'trials/s':>12}  GB")
    found = {}
    for name in ROWS:
        if options.word in name:
            found[name] = measured(name)
            print(line(name, found[name]), flush=True)
    print()
    print("\n".join(peers(found)))


if __name__ == "__main__":
    main()
