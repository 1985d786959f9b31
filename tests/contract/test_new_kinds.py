"""A new endpoint, a new way of borrowing and a new discount are one file each: nothing else is edited.

The files of `new_kinds` are put into a copy of the package, whose commands must then know them.  Their
answers are held against closed forms: all is normal.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray
from scipy.special import ndtr, ndtri

HERE, ROOT = Path(__file__).parent / "new_kinds", Path(__file__).parents[2]
HOMES = {"gauss": "endpoints", "loose": "borrowing", "halved": "discounting"}
DRAWS = ["--predictive", "p.png", "--save", "a.nc"]
STRATA, SIZES, SD, TRIALS = ("SLE", "IIM", "SSc"), np.array([30, 10, 15]), 2.0, 4000
LOOSE = {"kind": "loose", "centre": 0.3, "between": 1.5, "within": 0.6}
PAST = {"SLE": (12, 1.2), "SSc": (6, 0.4)}
MEANS, CUT, BAR, TRUTH = np.array([1.1, 0.8, 1.6]), 0.5, 0.9, np.array([1.2, 0.5, 0.9])


def design(**model: object) -> dict:
    evidence = {
        "name": "past", "citation": "made up", "arm": "treatment", "grade": "B",
        "endpoint": {"kind": "gauss", "name": "score", "sd": SD},
        "data": [{"stratum": s, "study": "one", "n": n, "mean": mean} for s, (n, mean) in PAST.items()],
    }  # fmt: skip
    treatment = {"strata": LOOSE, "evidence": [{"source": evidence, "discount": {"kind": "halved"}}]}
    return {
        "title": "a score",
        "strata": list(STRATA),
        "endpoint": {"kind": "gauss", "name": "score", "sd": SD},
        "sample_size": {"treatment": dict(zip(STRATA, SIZES.tolist()))},
        "model": {"treatment": treatment | model},
        "decision": [{"estimand": "mean", "greater_than": CUT, "probability": BAR}],
        "scenarios": [{"name": "hoped", "treatment": dict(zip(STRATA, TRUTH.tolist()))}],
        "simulation": {"trials": TRIALS, "seed": 7},
    }


def closed_form() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the prior mean (S,) and precision (S, S) after the past data, and the data's precisions."""
    covariance = LOOSE["within"] ** 2 * np.eye(3) + LOOSE["between"] ** 2
    precision = np.linalg.inv(covariance)
    past = np.diag([PAST.get(s, (0, 0))[0] / 2 / SD**2 for s in STRATA])
    before = precision + past
    pull = precision @ np.full(3, LOOSE["centre"]) + past @ [PAST.get(s, (0, 0))[1] for s in STRATA]
    return np.linalg.solve(before, pull), before, np.diag(SIZES / SD**2)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a folder with the package, the new kinds in it, and a design."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("trialdesign", "priors"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, room in HOMES.items():
        shutil.copy(HERE / f"{name}.py", folder / "trialdesign" / room)
    vague = {"kind": "robust", "weight": 0.2, "vague": {"dist": "Normal", "mu": 0, "sigma": 3}}
    vague["discount"] = {"kind": "halved"}
    robust = design()
    robust["model"]["treatment"]["evidence"][0]["discount"] = vague
    past = robust["model"]["treatment"]["evidence"][0]["source"]
    for name, document in {"plain": design(), "robust": robust, "past": past | {"name": "p"}}.items():
        (folder / f"{name}.yaml").write_text(json.dumps(document))
    rows = [f"{s},{n},{mean}" for s, n, mean in zip(STRATA, SIZES, MEANS)]
    (folder / "data.csv").write_text("\n".join(["stratum,n,mean", *rows]))
    return folder


@pytest.fixture(scope="module")
def said(home):
    """Return the standard output of every command, by its first words."""
    words = {
        "power": ["power", "plain.yaml", "--json", "--quiet"],
        "analyse": ["analyse", "plain.yaml", "data.csv", "--json", "--figure", "a.png", *DRAWS],
        "fit": ["priors", "fit", "plain.yaml", "--json", "--figure", "f.png", "--save", "f.nc"],
        "ess": ["priors", "ess", "plain.yaml", "--json"],
        "ess by weight": ["priors", "ess", "robust.yaml", "--figure", "e.png", "--quiet"],
        "conflict": ["priors", "conflict", "plain.yaml", "--json", "--figure", "c.png"],
        "conflict page": ["priors", "conflict", "robust.yaml", "--against", "past.yaml"],
        "weights": ["priors", "conflict", "robust.yaml", "--figure", "w.png", "--draw", "weights"],
        "schema": ["schema"],
    }
    path = os.pathsep.join([str(home), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, HERE / "drive.py"], input=json.dumps(list(words.values())), cwd=home,
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(zip(words, map(json.loads, done.stdout.splitlines()), strict=True))


def test_the_posterior_is_the_normal_one(said):
    mean, before, own = closed_form()
    after = np.linalg.solve(before + own, before @ mean + own @ MEANS)
    sd = np.sqrt(np.diag(np.linalg.inv(before + own)))
    rows = json.loads(said["analyse"])["results"]
    found = np.array([row["probability"] for row in rows])
    assert np.abs(found - ndtr((after - CUT) / sd)).max() < 1e-6


def test_draws_are_those_of_the_joint_normal(said, home):
    """4,000 independent draws: moments within 4.5 of their standard errors."""
    mean, before, own = closed_form()
    after = np.linalg.solve(before + own, before @ mean + own @ MEANS)
    files = {"a.nc": (after, before + own), "f.nc": (mean, before)}
    for name, (centre, precision) in files.items():
        with xarray.open_datatree(home / name, engine="h5netcdf") as tree:
            drawn = tree["posterior"]["treatment"].values.reshape(-1, 3)
        covariance = np.linalg.inv(precision)
        sd = np.sqrt(np.diag(covariance))
        correlation = covariance / np.outer(sd, sd)
        assert len(drawn) == 4000
        off = np.abs(np.corrcoef(drawn.T) - correlation)[np.triu_indices(3, 1)]
        error = ((1 - correlation**2) / np.sqrt(4000))[np.triu_indices(3, 1)]
        assert (off < 4.5 * error).all()
        assert (np.abs(drawn.mean(axis=0) - centre) < 4.5 * sd / np.sqrt(4000)).all()
        assert (np.abs(drawn.std(axis=0) / sd - 1) < 4.5 / np.sqrt(8000)).all()


def test_predictions_are_normal_means(said, home):
    _, before, own = closed_form()
    variance = np.diag(np.linalg.inv(before + own)) + SD**2 / SIZES
    with xarray.open_datatree(home / "a.nc", engine="h5netcdf") as tree:
        drawn = tree["posterior_predictive"]["mean"].values.reshape(-1, 3)
        assert (tree["observed_data"]["mean"].values.ravel() == MEANS).all()
    assert (np.abs(drawn.std(axis=0) / np.sqrt(variance) - 1) < 4.5 / np.sqrt(8000)).all()


def test_the_power_is_the_normal_one(said):
    """The posterior mean is linear in the data, so that success has a normal probability."""
    mean, before, own = closed_form()
    covariance = np.linalg.inv(before + own)
    gain = covariance @ own
    expected = covariance @ before @ mean + gain @ TRUTH
    scatter = np.sqrt(np.diag(gain @ np.linalg.inv(own) @ gain.T))
    need = CUT + ndtri(BAR) * np.sqrt(np.diag(covariance))
    power = ndtr((expected - need) / scatter)
    rows = json.loads(said["power"])["results"]
    of = {row["stratum"]: row["value"] for row in rows if row["quantity"] in ("power", "type_i_error")}
    found = np.array([of[stratum] for stratum in STRATA])
    assert (np.abs(found - power) < 4.5 * np.sqrt(power * (1 - power) / TRIALS)).all()


def test_the_prior_is_the_normal_one_and_worth_its_patients(said):
    mean, before, _ = closed_form()
    sd = np.sqrt(np.diag(np.linalg.inv(before)))
    fitted = [row for row in json.loads(said["fit"])["results"] if row["scale"] == "natural"]
    assert np.array([row["mean"] for row in fitted]) == pytest.approx(mean, abs=1e-6)
    assert np.array([row["sd"] for row in fitted]) == pytest.approx(sd, abs=1e-6)
    sizes = [row["ess"] for row in json.loads(said["ess"])["results"] if row["method"] == "elir"]
    assert sizes == pytest.approx((SD / sd) ** 2, rel=1e-4)


def test_results_in_conflict_lie_beyond_the_normal_quantiles(said):
    mean, before, _ = closed_form()
    sd = np.sqrt(np.diag(np.linalg.inv(before)) + SD**2 / SIZES)
    rows = json.loads(said["conflict"])["results"]
    for s, stratum in enumerate(STRATA):
        own = [row for row in rows if row["stratum"] == stratum]
        inside = [row["count"] for row in own if row["conflict"] > 0.05]
        step = own[1]["count"] - own[0]["count"]
        for end, z in ((min(inside), -1), (max(inside), 1)):
            assert abs(end - (mean[s] + z * ndtri(0.975) * sd[s])) < 1.5 * step


def test_pages_tell_of_means(said):
    page = said["conflict page"]
    assert "Weight of the vague component after the trial  (by quantile of the mean expected)" in page
    assert "1.2 of 12 patients" in page and "or less" in page


def test_figures_are_drawn(said, home):
    for name in "afecwp":
        assert (home / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_schema_knows_them(said):
    schema = said["schema"]
    assert all(f'"{kind}"' in schema for kind in HOMES)


@pytest.mark.slow
def test_nuts_finds_the_normal_posterior(home):
    mean, before, own = closed_form()
    after = np.linalg.solve(before + own, before @ mean + own @ MEANS)
    sd = np.sqrt(np.diag(np.linalg.inv(before + own)))
    words = [["analyse", "plain.yaml", "data.csv", "--json", "--engine", "nuts"]]
    done = subprocess.run(
        [sys.executable, HERE / "drive.py"], input=json.dumps(words), cwd=home, capture_output=True,
        text=True, env={**os.environ, "PYTHONPATH": str(home)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(json.loads(done.stdout))
    found = [row for row in document["posterior"] if row["estimand"] == "treatment"]
    least = document["diagnostics"]["ess_bulk"]
    for row, centre, scatter in zip(found, after, sd, strict=True):
        assert abs(row["mean"] - centre) < 4.5 * scatter / np.sqrt(least)
