"""Designs whose times to event are analysed as piecewise, Weibull or with a cure, from the shell.

Here, too, are tested: trialdesign.endpoints.time_to_event._months_to_event.
"""

from __future__ import annotations

import numpy as np
import pytest
from test_follow_up import DESIGN

ENDPOINT = "endpoint: {kind: time_to_event, name: relapse}"
FAMILIES = {
    "weibull": "distribution: weibull",
    "piecewise": "distribution: piecewise, cuts: [12]",
    "cure": "distribution: cure",
}
SOURCE = """\
name: past
citation: none
endpoint: {kind: time_to_event, name: relapse}
arm: treatment
grade: B
data:
  - {stratum: SLE, events: 0, exposure: 100}
"""

# What is wrong, the endpoint's keys that make it so, the text at which the refusal points, its words.
REFUSED = [
    ("unknown family", "distribution: gompertz", "gompertz", "exponential, piecewise, weibull"),
    ("no cuts", "distribution: piecewise", "endpoint", "cuts must be given"),
    ("falling cuts", "distribution: piecewise, cuts: [12, 6]", "{kind", "`cuts` must increase"),
    ("too many cuts", "distribution: piecewise, cuts: [3, 6, 12]", "[3, 6, 12]", "of 1 to 2"),
    ("cuts of another", "distribution: weibull, cuts: [6]", "cuts", "horizon, shape); got"),
    ("a shape of 0", "distribution: cure, shape: 0", "0}", "a number from 0.01 to 100, or a mapping"),
    ("a normal shape", "distribution: weibull, shape: {dist: Normal, mu: 0, sigma: 1}", "Normal",
     "LogNormal"),
    ("a cure beyond doubt", "distribution: cure, cured: {dist: Beta, alpha: 1000, beta: 1}", "{kind",
     "alpha + beta of at most 900"),
    ("no horizon", "distribution: cure, horizon: 0", "0}", "from 1e-06 to 1e+06; got 0"),
]  # fmt: skip


def stated(keys: str) -> str:
    text = DESIGN.replace(ENDPOINT, ENDPOINT[:-1] + f", {keys}}}")
    assert text != DESIGN
    return text


@pytest.fixture(params=FAMILIES)
def family(request, tmp_path):
    """Return the path of a small design analysed as a family."""
    path = tmp_path / "relapse.yaml"
    path.write_text(stated(FAMILIES[request.param] + ", horizon: 24"), encoding="utf-8")
    return path


@pytest.fixture
def patients(tmp_path):
    """Return the path of patient-level data."""
    rng, path = np.random.default_rng(3), tmp_path / "data.csv"
    rows = ["stratum,arm,time,event"]
    for stratum in ("SLE", "IIM"):
        for arm, n, hazard in (("control", 20, 0.05), ("treatment", 40, 0.01)):
            event, end = rng.exponential(1 / hazard, n), rng.uniform(6, 24, n)
            rows += [
                f"{stratum},{arm},{min(e, c):.3f},{int(e <= c)}" for e, c in zip(event, end, strict=True)
            ]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_a_family_is_analysed_from_patients(document, run, family, patients):
    page = run("analyse", family, patients).stdout
    assert "Analysed as " in page and "horizon 24" in page
    got = document("analyse", family, patients)
    assert [row["met"] for row in got["results"]] == [True, True]
    assert {row["estimand"] for row in got["posterior"]} == {"hazard_ratio", "control", "treatment"}


def test_a_family_is_not_analysed_from_totals(run, family, tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("stratum,arm,events,exposure\nSLE,control,1,100\n", encoding="utf-8")
    said = run("analyse", family, path, status=2).stderr
    assert "`time` must be a column" in said and "stratum,arm,time,event" in said


def test_a_family_has_power_and_a_ladder(document, family):
    got = document("power", family, "--trials", "100", "--no-reference")
    assert {row["quantity"] for row in got["results"]} >= {"power", "type_i_error", "coverage"}
    assert got["trials"] == 100
    ladder = document("follow-up", family, "--ladder", "12:24:12", "--trials", "100")
    assert {row["follow_up"] for row in ladder["curve"]} == {12, 24}


@pytest.mark.parametrize(
    ("keys", "place", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_family_that_cannot_be_is_refused_at_its_place(run, tmp_path, keys, place, words):
    text, path = stated(keys), tmp_path / "relapse.yaml"
    path.write_text(text, encoding="utf-8")
    said = run("power", path, status=2).stderr
    line = next(line for line in text.split("\n") if line.startswith("endpoint"))
    assert words in said
    assert f"relapse.yaml:4:{line.rindex(place) + 1}: " in said


def test_evidence_without_patients_is_refused(run, tmp_path):
    (tmp_path / "past.yaml").write_text(SOURCE, encoding="utf-8")
    text = stated(FAMILIES["weibull"]).replace("source: mueller-2024-relapse", "source: past.yaml")
    path = tmp_path / "relapse.yaml"
    path.write_text(text, encoding="utf-8")
    said = run("power", path, status=2).stderr
    assert "evidence must have `n`, its patients" in said and "distribution exponential" in said
    path.write_text(text.replace(", distribution: weibull", ""), encoding="utf-8")
    run("priors", "fit", path)


def test_a_normalised_power_prior_discounts_times_to_event(document, tmp_path):
    discount = "{kind: normalised_power, initial: {dist: Normal, mu: -4, sigma: 1.5}}"
    path = tmp_path / "relapse.yaml"
    path.write_text(DESIGN.replace("{kind: power, exponent: 0.5}", discount), encoding="utf-8")
    assert document("priors", "fit", path)["results"]


def test_patients_add_up_to_totals(document, tmp_path, patients):
    path = tmp_path / "exponential.yaml"
    path.write_text(DESIGN, encoding="utf-8")
    totals: dict[str, list[float]] = {}
    for row in patients.read_text(encoding="utf-8").split("\n")[1:]:
        stratum, arm, time, event = row.split(",")
        own = totals.setdefault(f"{stratum},{arm}", [0, 0.0])
        own[0], own[1] = own[0] + int(event), own[1] + float(time)
    summed = tmp_path / "totals.csv"
    rows = [f"{key},{events},{months}" for key, (events, months) in totals.items()]
    summed.write_text("\n".join(["stratum,arm,events,exposure", *rows]), encoding="utf-8")
    one, other = (document("analyse", path, data)["results"] for data in (patients, summed))
    for mine, theirs in zip(one, other, strict=True):
        assert mine["probability"] == pytest.approx(theirs["probability"], abs=1e-9)


def test_patients_that_cannot_be_are_refused_at_their_place(run, tmp_path):
    path, data = tmp_path / "exponential.yaml", tmp_path / "data.csv"
    path.write_text(DESIGN, encoding="utf-8")
    rows = ["SLE,control,-1,0", "SLE,treatment,900,1", "IIM,control,,1", "IIM,treatment,3,2"]
    data.write_text("\n".join(["stratum,arm,time,event", *rows]), encoding="utf-8")
    said = run("analyse", path, data, status=2).stderr
    for place, words in [
        ("2:13", "from 0 to 600; got -1"), ("3:15", "from 0 to 600; got 900"),
        ("4:13", "must be given in every row"), ("5:17", "one of 0, 1; got 2"),
    ]:  # fmt: skip
        assert f"data.csv:{place}: " in said and words in said
