"""`trialdesign events`: dates of events, of the last patient and of the cut.

Here, too, are tested: trialdesign.cli.events, trialdesign.report.sections.events.
"""

import csv
import io

import pytest
from test_follow_up import DESIGN

HEADER = "stratum,arm,entry,time,event,left\n"
ROWS = "SLE,treatment,0.5,6,1,0\nSLE,control,1,7,0,0\nIIM,treatment,2,2,0,1\n"


@pytest.fixture
def relapse(tmp_path):
    """Return the path of a small design with a time to event."""
    path = tmp_path / "relapse.yaml"
    path.write_text(DESIGN, encoding="utf-8")
    return path


@pytest.fixture
def patients(tmp_path):
    """Return a function that writes a file of patients."""

    def write(text: str):
        path = tmp_path / "patients.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_document_dates_events_last_patient_and_cut(document, relapse):
    got = document("events", relapse, "-k", "10", "-k", "20", "--scenario", "works")
    assert got["method"] == "exact" and got["trials"] is None
    assert [row["milestone"] for row in got["results"]] == [
        "event 10", "event 20", "last patient", "data cut",
    ]  # fmt: skip
    first, second, last, cut = got["results"]
    assert first["q5"] < first["q50"] < first["q95"] and first["q50"] < second["q50"]
    assert last["q95"] <= 12 and cut["mean"] == 24
    assert [row["month"] for row in got["curve"]] == list(range(25))


def test_events_expected_at_the_cut_are_the_default(document, relapse):
    got = document("events", relapse, "--scenario", "null")
    expected = got["curve"][-1]["mean"]
    last = [row for row in got["results"] if row["milestone"].startswith("event")][-1]
    assert last["milestone"] == f"event {round(expected)}"
    assert last["by_cut"] == pytest.approx(0.5, abs=0.1)


def test_the_prior_stands_beside_the_scenarios(document, relapse):
    got = document("events", relapse, "--prior", "-k", "10")
    assert list(dict.fromkeys(row["scenario"] for row in got["results"])) == ["null", "works", "prior"]
    tenth = [row for row in got["results"] if row["milestone"] == "event 10"]
    width = {row["scenario"]: row["q95"] - row["q5"] for row in tenth}
    assert width["prior"] > width["works"]


def test_a_running_trial_is_forecast_from_its_posterior(document, run, relapse, patients):
    path = patients(HEADER + ROWS)
    got = document("events", relapse, "--data", path, "--month", "8", "-k", "2")
    event = got["results"][0]
    assert event["scenario"] == "posterior" and event["q5"] > 8
    assert got["curve"][0]["month"] == 8 and got["curve"][0]["mean"] == pytest.approx(1, abs=1e-6)
    page = run("events", relapse, "--data", path, "--month", "8").stdout
    assert "Data: month 8, 3 patients, 1 events." in page


def test_long_term_safety_of_the_treated(document, relapse):
    got = document("events", relapse, "--safety-rate", "0.001", "--loss", "0.03")["long_term_safety"]
    assert got["patients"] == 80 and got["years"] == 15
    assert 0 < got["chance"] < 1 and 0 < got["upper_risk"] < 0.1


def test_an_event_that_may_never_come_has_no_date(document, run, tmp_path):
    cured = "{distribution: cure, cured: 0.9, uncured: {median: 6}}"
    text = DESIGN.replace("control: 0.03, treatment: 0.006", f"control: {cured}, treatment: {cured}")
    path = tmp_path / "cured.yaml"
    path.write_text(text, encoding="utf-8")
    row = document("events", path, "-k", "12", "--scenario", "works")["results"][0]
    assert row["mean"] is None and row["q95"] is None and row["q5"] > 0


def test_csv_is_the_milestones(run, relapse):
    rows = list(csv.DictReader(io.StringIO(run("events", relapse, "--csv").stdout)))
    assert rows[0]["scenario"] == "null" and float(rows[0]["q50"]) > 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "stratum,arm,entry,time\n",
            "1:1: `event` must be a column; got stratum, arm, entry, time. Give ",
        ),
        ("stratum,arm,entry,tme,event\n", "Did you mean `time`?"),
        (HEADER + "SEL,treatment,0,1,0,\n", "patients.csv:2:1: `stratum` must be one of SLE, IIM"),
        (HEADER + "SLE,,0,1,0,\n", "`arm` must be one of control, treatment; got nothing"),
        (HEADER + "SLE,treatment,0,1,0,\n" + "SLE,treatment,0,x,9,\n" * 30, "40 more things are wrong"),
        (HEADER + "SLE,treated,0,1,0,\n", "`arm` must be one of control, treatment"),
        (HEADER + "SLE,treatment,-1,1,0,\n", "2:15: entry must be a number from 0 to 1e+06; got -1"),
        (HEADER + "SLE,treatment,0,,0,\n", "2:17: `time` must be given in every row; got nothing"),
        (HEADER + "SLE,treatment,0,nan,0,\n", 'time must be a number from 0 to 1e+06; got "nan"'),
        (HEADER + "SLE,treatment,0,1,2,\n", "2:19: event must be one of 0, 1; got 2"),
        (HEADER + "SLE,treatment,0,1,1,1\n", "`left` must be 0 after an event"),
        (HEADER + "SLE,treatment,0,250,0,\n", "give all times in months"),
        (HEADER + "SLE,control,0,1,0,\n" * 21, "at most the 20 patients of the design; got 21"),
        (HEADER, "at least one patient"),
        ("", "must have column names in its first line"),
    ],
)
def test_wrong_data_are_refused_with_line_and_remedy(run, relapse, patients, text, words):
    path = patients(text)
    assert words in run("events", relapse, "--data", path, "--month", "12", status=2).stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-k", "121"), "at most the 120 patients"),
        (("--scenario", "nil"), "`scenario` must be one of"),
        (("--month", "3"), "--month needs --data"),
        (("--data", "nowhere.csv"), "must exist; got no file"),
        (("--safety-rate", "0"), "--safety-rate"),
    ],
)
def test_wrong_options_are_refused(run, relapse, options, words):
    assert words in run("events", relapse, *options, status=2).stderr


def test_a_binary_endpoint_has_no_dates(run, small):
    assert "must be time_to_event" in run("events", small, status=2).stderr


def test_the_seed_moves_looks_that_are_simulated_and_nothing_else(document, relapse):
    text = relapse.read_text() + "looks: [{events: 12, followed: 6}, {followed: 12}]\n"
    relapse.write_text(text)
    one, again, two = (
        document("events", relapse, "-k", "10", "--scenario", "works", "--seed", seed)
        for seed in (1, 1, 2)
    )
    assert (one["method"], one["seed"], two["seed"]) == ("simulation", 1, 2)
    assert one["results"] == again["results"]
    moved = {own["milestone"] for own, other in zip(one["results"], two["results"]) if own != other}
    assert moved == {own["milestone"] for own in one["results"] if own["mcse"]} != set()
