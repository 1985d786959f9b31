"""Whatever is wrong with a design or its evidence ends in exit status 2, with place, value, rule, remedy."""

from __future__ import annotations

import os
import re

import pytest
from conftest import SMALL

LINE = re.compile(r"^\S+:\d+:\d+: .+ must .+; (got .+|\S+ (is|overlaps|reports) .+)\. .+\.$")

EVIDENCE = """\
name: mine
citation: A paper
endpoint: {kind: binary}
arm: treatment
grade: A
data:
  - {stratum: SLE, study: one, n: 10, responders: 4}
"""

# Change of the small design, then the place and words of the refusal.
DESIGNS = [
    ("unknown key", "strata: [", "stratta: [", (2, 1), "Did you mean `strata`?"),
    ("unknown key, nested", "estimand: diff", "estimnd: diff", (15, 6), "Did you mean `estimand`?"),
    ("missing stratum", "{SLE: 6, IIM: 5}", "{SLE: 6}", (5, 38), "IIM is missing"),
    ("stratum of no design", "{SLE: 6, IIM: 5}", "{SLE: 6, IIM: 5, SSc: 4}", (5, 60), "got SSc"),
    ("missing stratum, truth", "{SLE: 0.8, IIM: 0.2}", "{SLE: 0.8}", (18, 44), "IIM is missing"),
    ("negative size", "{control: 4", "{control: -4", (5, 24), "got -4"),
    ("broken size", "{control: 4", "{control: 4.5", (5, 24), "got 4.5"),
    ("size as text", "{control: 4", "{control: '4'", (5, 24), 'got "4"'),
    ("rate above 1", "null\", control: 0.2", "null\", control: 1.2", (17, 28), "got 1.2"),
    ("rate below 0", "null\", control: 0.2", "null\", control: -0.2", (17, 28), "got -0.2"),
    ("weight above 1", "weight: 0.5", "weight: 1.5", (12, 41), "got 1.5"),
    ("threshold of 1", "probability: 0.9}", "probability: 1}", (15, 63), "got 1"),
    (
        "weights of a mixture", "strata: {kind: pooled, prior: {dist: Normal, mu: 0, sigma: 2}}",
        "strata: {kind: pooled, prior: {mixture: [{weight: 0.5, dist: Normal, mu: 0, sigma: 2}]}}",
        (10, 35), "must sum to 1; got 0.5",
    ),
    (
        "weights of exnex", "strata: {kind: pooled, prior: {dist: Normal, mu: 0, sigma: 2}}",
        "strata: {kind: exnex, exchangeable: [{weight: 0.5, mean: {dist: Normal, mu: 0, sigma: 2}, sd: 1}],"
        " nonexchangeable: {weight: 0.6, prior: {dist: Normal, mu: 0, sigma: 2}}}",
        (10, 13), "sum to 1 in every stratum; got 1.1",
    ),
    ("improper prior", "{dist: Normal, mu: -1, sigma: 1}", "{dist: Flat}", (8, 46), 'got "Flat"'),
    ("infinite sd", "mu: -1, sigma: 1}", "mu: -1, sigma: .inf}", (8, 69), "finite number; got .inf"),
    ("sd of 0", "mu: -1, sigma: 1}", "mu: -1, sigma: 0}", (8, 69), "above 0; got 0"),
    ("unknown distribution", "dist: Normal, mu: -1", "dist: Normla, mu: -1", (8, 46), "Did you mean `Normal`?"),
    ("unknown parameter", "mu: -1, sigma: 1}", "mu: -1, sgima: 1}", (8, 62), "Did you mean `sigma`?"),
    ("missing parameter", "mu: -1, sigma: 1}", "mu: -1}", (8, 33), "sigma must be given"),
    (
        "overlapping evidence", "decision:",
        "      - {source: sr-2025-doris}\ndecision:", (14, 18), "overlaps mueller-2024-response",
    ),
    ("the same evidence twice", "decision:", "      - {source: mueller-2024-response}\ndecision:", (14, 18), "overlap"),
    ("unknown evidence", "source: mueller-2024-response", "source: muller-2024-response", (12, 17), "Did you mean"),
    ("evidence of another arm", "mueller-2024-response", "doris-placebo", (12, 17), "control arm"),
    ("evidence on no endpoint", "mueller-2024-response", "mrss-placebo", (12, 17), "normal one"),
    ("evidence that is no file", "mueller-2024-response", "nowhere/mine.yaml", (12, 17), "got no file"),
    ("treatment and effect", "decision:", "  effect: {strata: {kind: pooled, prior: {dist: Normal, mu: 0, sigma: 1}}}\ndecision:", (6, 1), "got both"),
    ("neither treatment nor effect", "  treatment:\n    strata", "  tretment:\n    strata", (9, 3), "Did you mean `treatment`?"),
    ("an estimand of no endpoint", "estimand: difference", "estimand: hazard_ratio", (15, 16), "Choose one of these"),
    ("both directions", "greater_than: 0.1", "greater_than: 0.1, less_than: 0.3", (15, 5), "got both"),
    ("a scenario twice", "name: works", "name: \"null\"", (18, 12), "again"),
    ("a truth without control", "name: works, control: 0.2,", "name: works,", (18, 5), "`control`"),
    ("a list where a mapping stands", "{kind: binary}", "[binary]", (4, 11), "a mapping"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "words"), [d[1:] for d in DESIGNS], ids=[d[0] for d in DESIGNS])
def test_a_malformed_design_is_refused_at_its_place(run, small, old, new, place, words):
    assert old in SMALL
    small.write_text(SMALL.replace(old, new, 1))
    result = run("power", "small.yaml", "--json", status=2)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    found = result.stderr.splitlines()
    assert all(re.match(r"^small\.yaml:\d+:\d+: ", line) for line in found)
    (line,) = [each for each in found if words in each]
    assert line.startswith(f"small.yaml:{place[0]}:{place[1]}: "), found


def test_every_refusal_names_rule_value_and_remedy(run, small):
    for name, old, new, _, words in DESIGNS:
        small.write_text(SMALL.replace(old, new, 1))
        lines = run("power", "small.yaml", status=2).stderr.splitlines()
        (line,) = [each for each in lines if words in each]
        assert " must " in line and "; " in line, (name, line)
        assert line.count(". ") >= 1 and line[-1] in ".?", (name, line)


def test_an_estimand_that_needs_a_control_is_refused_in_a_single_arm_trial(run, tmp_path):
    text = run("init", "cart-single-arm", "-o", "-").stdout
    (tmp_path / "d.yaml").write_text(text.replace("estimand: response", "estimand: difference"))
    (line,) = run("power", "d.yaml", status=2).stderr.splitlines()
    assert "must be one that a single-arm trial has (response); got difference" in line


def test_everything_that_is_wrong_is_told_at_once(run, small):
    text = SMALL
    for name, old, new, _, _ in DESIGNS:
        if name in ("missing stratum", "rate above 1", "unknown evidence", "an estimand of no endpoint"):
            text = text.replace(old, new, 1)
    small.write_text(text)
    found = run("power", "small.yaml", status=2).stderr.splitlines()
    assert [int(line.split(":")[1]) for line in found] == [5, 12, 15, 17]


FILES = [
    ("a list", b"- 1\n- 2\n", "must be a mapping"),
    ("a text", b"hello\n", "must be a mapping"),
    ("nothing", b"", "must be a mapping"),
    ("syntax", b"a: [1\n", "must be YAML 1.2"),
    ("binary junk", bytes(range(256)), "must be UTF-8 text"),
    ("an archive", b"PK\x03\x04\0\0", "must be text"),
    ("a tag", b"title: !!python/object/apply:os.system [true]\n", "must have no tag"),
    ("a bomb", b"a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + b"".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n".encode() for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ), "aliases must stand for at most"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "words"), [f[1:] for f in FILES], ids=[f[0] for f in FILES])
def test_a_file_that_is_no_design_is_refused(run, tmp_path, content, words):
    (tmp_path / "d.yaml").write_bytes(content)
    (line,) = run("power", "d.yaml", status=2).stderr.splitlines()
    assert re.match(r"d\.yaml:\d+:\d+: ", line) and words in line


def test_a_folder_is_refused(run, tmp_path):
    (tmp_path / "d.yaml").mkdir()
    assert "must be a file; got a folder" in run("power", "d.yaml", status=2).stderr


def test_a_file_of_100_mb_is_refused_unread(run, tmp_path):
    with (tmp_path / "d.yaml").open("wb") as file:
        file.truncate(100_000_000)
    assert "d.yaml:1:1: the file must have at most" in run("power", "d.yaml", status=2).stderr


def test_a_name_that_is_nothing_is_met_with_the_nearest(run, small):
    assert "Did you mean `cart-three-diseases`?" in run("power", "cart-tree-diseases", status=2).stderr
    assert "Did you mean the file `small.yaml`?" in run("power", "small", status=2).stderr
    assert "missing.yaml:1:1: the file must exist" in run("power", "missing.yaml", status=2).stderr


# --- evidence files ----------------------------------------------------------------------------

ROWS = [
    ("responders above n", "responders: 4", "responders: 14", (7, 5), "at most n = 10; got 14"),
    ("negative n", "n: 10", "n: -10", (7, 35), "got -10"),
    ("broken n", "n: 10", "n: 10.5", (7, 35), "got 10.5"),
    ("unknown key", "study: one", "stdy: one", (7, 19), "Did you mean `study`?"),
    ("unknown grade", "grade: A", "grade: C", (5, 8), 'got "C"'),
    ("no stratum of the design", "stratum: SLE", "stratum: MS", None, "must have a row of one of the strata"),
    (
        "a row twice", "responders: 4}\n",
        "responders: 4}\n  - {stratum: SLE, study: one, n: 12, responders: 5}\n", (8, 5), "got SLE with study one again",
    ),
    ("no rows", "data:\n  - {stratum: SLE, study: one, n: 10, responders: 4}", "data: []", (6, 7), "at least 1"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "words"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_malformed_evidence_is_refused_at_its_place(run, small, tmp_path, old, new, place, words):
    os.mkdir(tmp_path / "evidence")
    small.write_text(SMALL.replace("mueller-2024-response", "evidence/mine.yaml"))
    mine = tmp_path / "evidence" / "mine.yaml"
    mine.write_text(EVIDENCE)
    run("power", "small.yaml")
    assert old in EVIDENCE
    mine.write_text(EVIDENCE.replace(old, new))
    (line,) = run("power", "small.yaml", status=2).stderr.splitlines()
    where = f"evidence/mine.yaml:{place[0]}:{place[1]}: " if place else "small.yaml:12:17: "
    assert line.startswith(where) and words in line


def test_evidence_in_the_design_itself_is_held_to_the_same_rules(run, small):
    row = "{stratum: SLE, study: a, n: 3, responders: 2}"
    inline = f"{{name: x, citation: y, endpoint: {{kind: binary}}, arm: treatment, grade: A, data: [{row}]}}"
    text = SMALL.replace("mueller-2024-response", inline)
    small.write_text(text)
    run("power", "small.yaml")
    small.write_text(text.replace(row, f"{row}, {row}"))
    assert "got SLE with study a again" in run("power", "small.yaml", status=2).stderr
    small.write_text(text.replace("responders: 2", "responders: 4"))
    assert "at most n = 3; got 4" in run("power", "small.yaml", status=2).stderr
