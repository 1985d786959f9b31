"""Whatever is wrong with a design or its evidence ends in exit status 2, at its place.

Here, too, are tested: trialdesign.design.consistency.whole.
"""

from __future__ import annotations

import os
import re

import pytest
from conftest import SMALL

EVIDENCE = """\
name: mine
citation: A paper
endpoint: {kind: binary}
arm: treatment
grade: A
data:
  - {stratum: SLE, study: one, n: 10, responders: 4}
"""

# What is wrong, the change of the small design that makes it so, the text at which the refusal points,
# and words of the refusal.
POOLED = "strata: {kind: pooled, prior: {dist: Normal, mu: 0, sigma: 2}}"
HALF = "strata: {kind: pooled, prior: {mixture: [{weight: 0.5, dist: Normal, mu: 0, sigma: 2}]}}"
EXNEX = (
    "strata: {kind: exnex, exchangeable: [{weight: 0.5, mean: {dist: Normal, mu: 0, sigma: 2}, sd: 1}], "
    "nonexchangeable: {weight: 0.6, prior: {dist: Normal, mu: 0, sigma: 2}}}"
)
SEPARATE = f"strata: {{kind: separate, {EXNEX}}}"
BOTH = "  effect: {strata: {kind: pooled, prior: {dist: Normal, mu: 0, sigma: 1}}}\ndecision:"
DESIGNS = [
    ("unknown key", "strata: [", "stratta: [", "stratta", "Did you mean `strata`?"),
    ("unknown key inside", "estimand: d", "estimnd: d", "estimnd", "Did you mean `estimand`?"),
    ("missing stratum", "{SLE: 6, IIM: 5}", "{SLE: 6}", "{SLE: 6}", "IIM is missing"),
    ("foreign stratum", "{SLE: 6, IIM: 5}", "{SLE: 6, IIM: 5, SSc: 4}", "4}}\nmodel", "got SSc"),
    ("missing truth", "{SLE: 0.8, IIM: 0.2}", "{SLE: 0.8}", "{SLE: 0.8}", "IIM is missing"),
    ("negative size", "{control: 4", "{control: -4", "-4", "got -4"),
    ("broken size", "{control: 4", "{control: 4.5", "4.5", "got 4.5"),
    ("size as text", "{control: 4", "{control: '4'", "'4'", 'got "4"'),
    ("rate above 1", "control: 0.2, treatment: 0.2", "control: 1.2, treatment: 0.2", "1.2", "got 1.2"),
    ("rate below 0", "control: 0.2, treatment: 0.2", "control: -2, treatment: 0.2", "-2, t", "got -2"),
    ("weight above 1", "weight: 0.5", "weight: 1.5", "1.5", "got 1.5"),
    ("threshold of 1", "probability: 0.9}", "probability: 1}", "1}\nscenarios", "got 1"),
    ("weights of a mixture", POOLED, HALF, "{mixture", "must sum to 1; got 0.5"),
    ("weights of exnex", POOLED, EXNEX, "{kind: exnex", "sum to 1 in every stratum; got 1.1"),
    ("improper prior", "{dist: Normal, mu: -1, sigma: 1}", "{dist: Flat}", "Flat", 'got "Flat"'),
    ("infinite sd", "mu: -1, sigma: 1}", "mu: -1, sigma: .inf}", ".inf", "finite number; got .inf"),
    ("sd of 0", "mu: -1, sigma: 1}", "mu: -1, sigma: 0}", "0}}\n  treatment", "1e-06 to 10000; got 0"),
    ("absurd location", "mu: -1, sigma", "mu: -100000, sigma", "-100000", "from -10000 to 10000"),
    ("size of a nation", "{control: 4", "{control: 1000000000", "1000000000", "from 0 to 100,000"),
    ("difference above 1", "greater_than: 0.1", "greater_than: 2", "2, p", "between -1 and 1"),
    ("difference of 1", "greater_than: 0.1", "greater_than: 1", "1, p", "between -1 and 1"),
    ("ratio below 0", "difference, greater_than: 0.1", "ratio, greater_than: -1", "-1, p", "above 0"),
    (
        "response in percent", "difference, greater_than: 0.1", "response, greater_than: 20",
        "20, p", "between 0 and 1, as every response does; got 20",
    ),
    ("weights of a separate exnex", POOLED, SEPARATE, "{kind: separate", "sum to 1 in every stratum"),
    ("unknown distribution", "Normal, mu: -1", "Normla, mu: -1", "Normla", "Did you mean `Normal`?"),
    ("unknown parameter", "-1, sigma: 1}", "-1, sgima: 1}", "sgima", "Did you mean `sigma`?"),
    ("missing parameter", "-1, sigma: 1}", "-1}", "prior: {dist: Normal, mu: -1}", "must be given"),
    (
        "overlapping evidence", "decision:", "      - {source: sr-2025-doris}\ndecision:",
        "sr-2025", "overlaps mueller-2024-response",
    ),
    (
        "evidence twice", "decision:", "      - source: mueller-2024-response\ndecision:",
        "mueller-2024-response\ndecision", "overlaps",
    ),
    ("unknown evidence", "mueller-2024-r", "muller-2024-r", "muller", "mean `mueller-2024-response`?"),
    ("evidence of another arm", "mueller-2024-response", "doris-placebo", "doris", "the control arm"),
    ("evidence without model", "mueller-2024-response", "mrss-placebo", "mrss", "on a normal one"),
    ("evidence in no file", "mueller-2024-response", "nowhere/a.yaml", "nowhere", "got no file"),
    ("treatment and effect", "decision:", BOTH, "control:\n", "got both"),
    ("neither of the two", "  treatment:\n", "  tretment:\n", "tretment", "Did you mean `treatment`?"),
    ("foreign estimand", "estimand: difference", "estimand: hazard_ratio", "hazard_r", "Choose one"),
    ("both directions", "than: 0.1", "than: 0.1, less_than: 0.3", "{estimand", "got both"),
    ("a scenario twice", "name: works", 'name: "null"', '"null", control: 0.2, treatment: {', "again"),
    ("no truth of the control", "works, control: 0.2,", "works,", "{name: works", "`control`"),
    ("a list, not a mapping", "{kind: binary}", "[binary]", "[binary]", "a mapping"),
    ("a size without its arm", "{control: 4, ", "{", "{treatment: {SLE: 6", "Add the patients"),
]  # fmt: skip
CASES = [pytest.param(*case[1:], id=case[0]) for case in DESIGNS]


def place_of(text: str, part: str) -> str:
    """Return ``line:column`` of the first place where a part stands in a text."""
    before = text[: text.index(part)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


@pytest.mark.parametrize(("old", "new", "at", "words"), CASES)
def test_a_malformed_design_is_refused_at_its_place(run, small, old, new, at, words):
    assert SMALL.count(old) == 1 or old == "decision:"
    text = SMALL.replace(old, new, 1)
    small.write_text(text)
    result = run("power", "small.yaml", "--json", status=2)
    assert result.stdout == ""
    found = result.stderr.splitlines()
    assert all(re.match(r"small\.yaml:\d+:\d+: .+ must .+\. .+[.?]$", line) for line in found)
    (line,) = [each for each in found if words in each]
    assert line.startswith(f"small.yaml:{place_of(text, at)}: ")


def test_an_estimand_that_needs_a_control_is_refused_in_a_single_arm_trial(run, tmp_path):
    text = run("init", "cart-single-arm", "-o", "-").stdout
    (tmp_path / "d.yaml").write_text(text.replace("estimand: response", "estimand: difference"))
    (line,) = run("power", "d.yaml", status=2).stderr.splitlines()
    assert "must be one that a single-arm trial has (response); got difference" in line


def test_everything_that_is_wrong_is_told_at_once(run, small):
    text = SMALL
    for name, old, new, *_ in DESIGNS:
        if name in ("missing stratum", "rate above 1", "unknown evidence", "foreign estimand"):
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
    ("an anchor", b"title: &a x\n", "must have no anchor or alias"),
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


@pytest.fixture
def with_own_evidence(small, tmp_path, run):
    """Let the small design name an evidence file beside it, and return the file's path."""
    os.mkdir(tmp_path / "evidence")
    small.write_text(SMALL.replace("mueller-2024-response", "evidence/mine.yaml"))
    mine = tmp_path / "evidence" / "mine.yaml"
    mine.write_text(EVIDENCE)
    run("power", "small.yaml")
    return mine


# --- evidence files ----------------------------------------------------------------------------

ROW = "  - {stratum: SLE, study: one, n: 10, responders: 4}\n"
AGAIN = ROW + "  - {stratum: SLE, study: one, n: 12, responders: 5}\n"
ROWS = [
    ("responders above n", "responders: 4", "responders: 14", "{stratum", "at most n = 10; got 14"),
    ("negative n", "n: 10", "n: -10", "-10", "got -10"),
    ("broken n", "n: 10", "n: 10.5", "10.5", "got 10.5"),
    ("unknown key", "study: one", "stdy: one", "stdy", "Did you mean `study`?"),
    ("unknown grade", "grade: A", "grade: C", "C\n", 'got "C"'),
    ("a row twice", ROW, AGAIN, "{stratum: SLE, study: one, n: 12", "got SLE with study one again"),
    ("no rows", f"data:\n{ROW}", "data: []\n", "[]", "at least 1"),
]


@pytest.mark.parametrize(("old", "new", "at", "words"), [pytest.param(*r[1:], id=r[0]) for r in ROWS])
def test_malformed_evidence_is_refused_at_its_place(run, with_own_evidence, old, new, at, words):
    assert EVIDENCE.count(old) == 1
    text = EVIDENCE.replace(old, new)
    with_own_evidence.write_text(text)
    (line,) = run("power", "small.yaml", status=2).stderr.splitlines()
    assert line.startswith(f"evidence/mine.yaml:{place_of(text, at)}: ") and words in line


def test_evidence_that_has_no_stratum_of_the_design_is_refused_where_it_is_named(run, with_own_evidence):
    with_own_evidence.write_text(EVIDENCE.replace("SLE", "MS"))
    (line,) = run("power", "small.yaml", status=2).stderr.splitlines()
    assert line.startswith("small.yaml:12:17: ") and "must have a row of one of the strata" in line


def test_evidence_and_design_are_told_of_together(run, small, with_own_evidence):
    small.write_text(small.read_text().replace("{SLE: 6, IIM: 5}", "{SLE: 6}"))
    with_own_evidence.write_text(EVIDENCE.replace("n: 10", "n: -1"))
    first, second = run("power", "small.yaml", status=2).stderr.splitlines()
    assert first.startswith("small.yaml:5:") and second.startswith("evidence/mine.yaml:7:")


def test_evidence_in_the_design_itself_is_held_to_the_same_rules(run, small):
    row = "{stratum: SLE, study: a, n: 3, responders: 2}"
    inline = (
        f"{{name: x, citation: y, endpoint: {{kind: binary}}, arm: treatment, grade: A, data: [{row}]}}"
    )
    text = SMALL.replace("mueller-2024-response", inline)
    small.write_text(text)
    run("power", "small.yaml")
    small.write_text(text.replace(row, f"{row}, {row}"))
    assert "got SLE with study a again" in run("power", "small.yaml", status=2).stderr
    small.write_text(text.replace("responders: 2", "responders: 4"))
    assert "at most n = 3; got 4" in run("power", "small.yaml", status=2).stderr
