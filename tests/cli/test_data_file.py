"""Data files: what is read from them, and how each fault is told, with its place."""

from __future__ import annotations

import io
import os
import sys
from types import SimpleNamespace

import numpy as np
import pandas
import pytest
from helpers import binary, component, independent, normal

from trialdesign.analysis.data.data_file import LARGEST, load_data
from trialdesign.analysis.data.rows import MOST_PROBLEMS
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.errors import SpecificationError
from trialdesign.specification.registry import kinds

SINGLE = binary({"treatment": component(independent(normal(0, 2)))}, 20)
CONTROLLED = binary(
    {name: component(independent(normal(0, 2))) for name in ("control", "treatment")}, 20, 20
)
GOOD = "stratum,n,responders\nSLE,8,8\nIIM,3,0\nSSc,0,0\n"
COUNTS = [[8, 8], [3, 0], [0, 0]]


@pytest.fixture
def read(tmp_path):
    """Return a function that reads text as a data file called data.csv."""

    def reader(content: str | bytes, design=SINGLE) -> TrialData:
        path = tmp_path / "data.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_data(design, path)

    return reader


@pytest.fixture
def refusals(read, tmp_path):
    """Return a function that gives the lines of the error, without the folder."""

    def refused(content: str | bytes, design=SINGLE) -> list[str]:
        with pytest.raises(SpecificationError) as caught:
            read(content, design)
        return str(caught.value).replace(f"{tmp_path}{os.sep}", "").splitlines()

    return refused


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        "\N{BYTE ORDER MARK}" + GOOD,
        GOOD + "\n\n",
        GOOD.replace(",", " , "),
        GOOD.replace("SLE", '"SLE"'),
        GOOD.replace("8,8", "8.0,8e0"),
        "responders,stratum,arm,n\n8,SLE,treatment,8\n0,SSc,treatment,0\n0,IIM,treatment,3\n",
        "stratum,n,responders\nSSc,0,0\nIIM,3,0\nSLE,8,8",
    ],
)
def test_one_table_may_be_written_in_many_ways(read, content):
    assert read(content).statistics["treatment"].tolist() == COUNTS


def test_patients_are_added_up(read):
    patients = [*["SLE,1"] * 5, *["IIM,0"] * 2, "SSc,1", "SLE,0"]
    found = read("\n".join(["stratum,response", *patients]))
    assert found.statistics["treatment"].tolist() == [[6, 5], [2, 0], [1, 1]]


def test_outcomes_are_those_of_the_arms_by_stratum(read):
    sizes = {"control": 4, "treatment": 9}
    rows = [f"{s},{arm},{n},1" for arm, n in sizes.items() for s in CONTROLLED.strata]
    outcomes = read("\n".join(["stratum,arm,n,responders", *rows]), CONTROLLED).outcomes
    assert [{arm: row.tolist() for arm, row in own.items()} for own in outcomes] == [
        {"control": [[4, 1]], "treatment": [[9, 1]]}
    ] * 3


def test_a_stratum_may_be_a_number(read):
    design = binary({"treatment": component(independent(normal(0, 2)))}, 20, strata=("1", "2"))
    assert read("stratum,n,responders\n2,5,1\n1,4,1\n", design).statistics["treatment"].tolist() == [
        [4, 1],
        [5, 1],
    ]


def test_standard_input_is_a_file(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(GOOD.encode())))
    assert load_data(SINGLE, "-").statistics["treatment"].tolist() == COUNTS


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (
            "stratum,n,respondrs\nSLE,8,8\n",
            ['data.csv:1:11: a column must be one of stratum, arm, n, responders; got "respondrs". '
             "Did you mean `responders`?"],
        ),
        (
            "stratum,n\nSLE,8\n",
            ["data.csv:1:1: `responders` must be a column; got stratum, n. Give stratum,n,responders "
             "(a row per arm and stratum), or stratum,response (a row per patient)."],
        ),
        (
            "stratum,n,n,responders\n",
            ["data.csv:1:9: `n` must be one column; got 2. Delete all but one."],
        ),
        (
            GOOD.replace("SSc,0,0", "SSx,0,0"),
            ['data.csv:4:1: `stratum` must be one of SLE, IIM, SSc; got "SSx". Did you mean `SSc`?'],
        ),
        (
            "stratum,arm,n,responders\nSLE,treatment,8,8\nIIM,control,3,0\nSSc,treatment,0,0\n",
            ['data.csv:3:5: `arm` must be treatment; got "control". Use a name of the design.'],
        ),
        (
            GOOD + "SLE,8,8\n",
            ["data.csv:5:1: an arm of a stratum must have one row; got SLE, treatment again. "
             "Delete one of the two, or add them up."],
        ),
        (
            "stratum,n,responders\nSLE,8,8\nIIM,3,0\n",
            ["data.csv:1:1: every arm of every stratum must have data; got none of SSc, treatment. "
             "Add its row; zero patients are allowed."],
        ),
        (
            "stratum,response\nSLE,1\nIIM,0\n",
            ["data.csv:1:1: every arm of every stratum must have data; got none of SSc, treatment. "
             "If it has no patients, give one row per arm and stratum instead."],
        ),
        (
            "stratum,response\nSLE,yes\nIIM,2\nSSc,0.5\n",
            ['data.csv:2:5: response must be one of 0, 1; got "yes".',
             "data.csv:3:5: response must be one of 0, 1; got 2.",
             "data.csv:4:5: response must be one of 0, 1; got 0.5."],
        ),
        (
            "stratum,n,responders\nSLE,8,9\nIIM,-3,x\n SSc,2.5,\n",
            ["data.csv:2:1: `responders` must be at most n = 8; got 9. Correct one of the two counts.",
             "data.csv:3:5: n must be a whole number from 0 to 1,000,000; got -3.",
             'data.csv:3:8: responders must be a whole number from 0 to 1,000,000; got "x".',
             "data.csv:4:10: `responders` must be given in every row; got nothing. "
             "Fill it, or delete the row."],
        ),
        (
            'stratum,n,responders\n"SLE",8,8,7\n"IIM,3,0\n"SSc" 1,0,0\n',
            ["data.csv:2:11: a line must have 3 cells, as the first has; got 4. "
             "Put text that contains a comma in quotes.",
             r'data.csv:3:1: a line must be comma-separated; got "\"IIM,3,0" '
             "(unexpected end of data). Close the quotes.",
             r'''data.csv:4:1: a line must be comma-separated; got "\"SSc\" 1,0,0" '''
             r"""(',' expected after '"'). Close the quotes."""],
        ),
        (
            b"stratum,n,responders\nSLE,8,\xff\n",
            ["data.csv:2:7: the file must be UTF-8 text; got the byte 0xFF. "
             "Save it as CSV, encoded in UTF-8."],
        ),
        (
            b"PK\x03\x04\0\0",
            ["data.csv:1:5: the file must be UTF-8 text; got the byte 0x00. "
             "Save it as CSV, encoded in UTF-8."],
        ),
        (
            "",
            ["data.csv:1:1: the file must have column names in its first line; got nothing. "
             "Check its content."],
        ),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(refusals, content, lines):
    assert refusals(content) == lines


def test_a_controlled_trial_needs_the_column_arm(refusals):
    assert "`arm` must be a column" in refusals(GOOD, CONTROLLED)[0]


def test_other_separators_are_recognised(refusals):
    assert "Separate columns with commas." in refusals(GOOD.replace(",", ";"))[0]


def test_a_hostile_cell_cannot_move_the_cursor(refusals):
    (line,) = refusals(GOOD.replace("SSc", "\x1b[2J\x07"))
    assert line.isprintable()


@pytest.mark.parametrize("n_faults", [MOST_PROBLEMS, MOST_PROBLEMS + 1, 5000])
def test_a_refusal_stays_short_and_counts_the_rest(refusals, n_faults):
    lines = refusals("stratum,response\n" + "SLE,7\n" * n_faults)
    assert len(lines) == min(n_faults, MOST_PROBLEMS + 1)
    if n_faults > MOST_PROBLEMS:
        assert lines[-1].startswith(f"{n_faults - MOST_PROBLEMS} more thing")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.csv", "must exist; got no file of this name"),
        (".", "must be a file; got a folder"),
        ("a\0b", "must be readable; got: "),
    ],
)
def test_what_is_no_file_is_refused(tmp_path, name, said):
    with pytest.raises(SpecificationError, match=said):
        load_data(SINGLE, f"{tmp_path}/{name}")


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)  # sparse: takes no space
    monkeypatch.setattr("builtins.open", lambda *args, **more: pytest.fail("it was opened"))
    with pytest.raises(SpecificationError, match=r"must have at most 50 MB; got 50\.0 MB"):
        load_data(SINGLE, path)


@pytest.mark.slow
def test_a_million_patients_are_read(read):
    found = read("stratum,response\n" + "SLE,1\nIIM,0\nSSc,1\nSSc,0\n" * 250_000)
    n = 250_000
    assert found.statistics["treatment"].tolist() == [[n, n], [n, 0], [2 * n, n]]


def test_rows_may_be_mappings_or_a_data_frame():
    rows = [
        {"stratum": stratum, "n": n, "responders": r}
        for stratum, (n, r) in zip(SINGLE.strata, COUNTS, strict=True)
    ]
    frame = pandas.DataFrame(rows).astype({"n": "float64", "responders": "Int64"})
    for table in (rows, frame, frame.astype({"stratum": "category"})):
        assert TrialData.of(SINGLE, table).statistics["treatment"].tolist() == COUNTS
    patients = pandas.DataFrame({"stratum": SINGLE.strata, "response": [True, False, True]})
    assert TrialData.of(SINGLE, patients).statistics["treatment"].tolist() == [[1, 1], [1, 0], [1, 1]]


def test_a_fault_in_a_data_frame_is_told_with_row_and_column():
    frame = pandas.DataFrame(
        {"stratum": SINGLE.strata, "n": [8, None, -1], "responders": [np.float64(1), 2.5, 0]}
    )
    with pytest.raises(SpecificationError) as caught:
        TrialData.of(SINGLE, frame)
    assert [str(problem).partition(" must")[0] for problem in caught.value.problems] == [
        "data:2:n: `n`",
        "data:3:n: n",
    ]
    with pytest.raises(SpecificationError, match=r"data:0:x: a column must be one of stratum"):
        TrialData.of(SINGLE, [{"stratum": "SLE", "x": 1}])


def test_data_cannot_be_changed_afterwards():
    data = TrialData.of(SINGLE, [{"stratum": s, "response": 1} for s in SINGLE.strata])
    with pytest.raises(ValueError, match="read-only"):
        data.statistics["treatment"][0, 0] = 7


@pytest.mark.parametrize("kind", kinds("trialdesign.endpoints"))
def test_every_endpoint_says_how_its_rows_are_validated(kind):
    endpoint = kinds("trialdesign.endpoints")[kind]
    assert set(endpoint.columns) <= set(endpoint.Row.__dataclass_fields__)
    if hasattr(endpoint, "Patient"):
        assert list(endpoint.Patient.__dataclass_fields__) == list(endpoint.patient_columns)
