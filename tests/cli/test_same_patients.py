"""Evidence on another outcome, and the same patients twice: told of, or refused.

Here, too, are tested: trialdesign.design.cautions.
"""

from __future__ import annotations

from itertools import combinations

import pytest
from conftest import SMALL

from trialdesign.design.consistency.of_evidence import overlap
from trialdesign.design.evidence.published import EVIDENCE
from trialdesign.design.file import load_evidence
from trialdesign.design.library import LIBRARY, evidence_names, resource

MINE = """\
name: {name}
citation: A paper
endpoint: {{kind: binary, name: {outcome}}}
arm: treatment
grade: A
{more}data:
  - {{stratum: SLE, study: {study}, n: 10, responders: 4}}
"""
ANOTHER = "decision:", "      - {source: mine.yaml}\ndecision:"


@pytest.fixture
def design(tmp_path):
    """Write the small design, changed, beside `mine.yaml`; return its path."""

    def write(*changes, name="mine", outcome="response", study="mueller-2024", more=""):
        text = MINE.format(name=name, outcome=outcome, study=study, more=more)
        (tmp_path / "mine.yaml").write_text(text)
        design = SMALL
        for old, new in changes:
            assert old in design
            design = design.replace(old, new)
        path = tmp_path / "design.yaml"
        path.write_text(design)
        return path

    return write


@pytest.mark.parametrize(
    ("source", "measures"),
    [("mueller-2024-crs-grade-3", "adverse_event"), ("mueller-2024-relapse-by-data-cut", "relapse")],
)
def test_no_relapse_or_adverse_event_is_taken_for_a_response(run, design, source, measures):
    path = design(("mueller-2024-response", source))
    refusal = run("power", path, status=2).stderr
    assert f"{source} measures {measures}" in refusal and "the endpoint response" in refusal
    path = design(("mueller-2024-response", source), ("binary}", f"binary, measures: {measures}}}"))
    run("power", path, "--no-reference")


def test_what_bears_the_same_name_is_the_same_outcome(run, design):
    path = design(
        ("mueller-2024-response", "mueller-2024-crs-grade-3"),
        ("binary}", "binary, name: 'crs, Grade 3 or higher'}"),
    )
    assert run("power", path, "--no-reference").stderr == ""


def test_an_outcome_of_another_name_is_warned_of_once(run, design):
    path = design(("binary}", "binary, name: remission at week 52}"))
    warned = run("power", path, "--no-reference").stderr
    assert warned.count("the model takes the two to be one outcome") == 1
    assert "'remission at week 52'" in warned and "mueller-2024-response counts" in warned


def test_the_same_study_and_stratum_are_the_same_patients(run, design):
    refusal = run("power", design(ANOTHER), status=2).stderr
    assert "mine and mueller-2024-response both report study mueller-2024 in SLE" in refusal
    assert "`study_arm`" in refusal
    run("power", design(ANOTHER, study="mine-2026"), "--no-reference")


def test_two_arms_of_a_study_are_different_patients():
    arms = load_evidence("sri4-placebo"), load_evidence("sri4-baricitinib")
    assert not overlap(*arms)
    keep, stop = load_evidence("win-lupus-flare-continue"), load_evidence("win-lupus-flare-stop")
    assert not overlap(keep, stop)
    assert overlap(stop, load_evidence("win-lupus-relapse-stop"))


def test_sources_of_the_library_share_patients_where_study_stratum_and_arm_agree():
    """The files' own texts say which: study, stratum and arm of the trial, or a declared overlap."""
    names = [
        name for name in evidence_names() if resource(LIBRARY, name).data["endpoint"]["kind"] in EVIDENCE
    ]
    for first, second in combinations(map(load_evidence, names), 2):
        groups = [{(row.study, row.stratum) for row in each.data} for each in (first, second)]
        declared = second.name in first.overlaps
        same = bool(groups[0] & groups[1]) and first.study_arm == second.study_arm
        if first.arm == second.arm:
            assert overlap(first, second) == overlap(second, first) == (declared or same)
