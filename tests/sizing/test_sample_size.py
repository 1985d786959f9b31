"""Sample size: a known sawtooth, brute force, proportions, and what is refused.

Here, too, are tested: trialdesign.cli.sizing.sample_size, trialdesign.sizing.sample_size_result,
trialdesign.report.sections.sample_size, trialdesign.report.figures.sample_size,
trialdesign.simulation.success, trialdesign.simulation.exact.under_truth,
trialdesign.simulation.method.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from helpers import beta, binary, component, criterion, hierarchical, independent, normal
from scipy import special, stats

from trialdesign.errors import SpecificationError
from trialdesign.sizing.sample_size import sample_size
from trialdesign.sizing.scaled import by_arm, default_ladder, sized

BETTER = [criterion("difference", 0.0, 0.975)]
THIRD = {"treatment": component(independent(beta(1 / 3, 1 / 3)))}
THIRD["control"] = THIRD["treatment"]
SHARED = {"treatment": component(hierarchical(normal(0, 1.5), {"dist": "HalfNormal", "sigma": 0.5}))}
RESPONSE = [criterion("response", 0.3, 0.95)]


def sawtooth():
    """Beta(1/3, 1/3) in both arms, 0.3 against 0.7."""
    return binary(THIRD, 20, 20, BETTER, [(0.7, 0.3), (0.3, 0.3)], strata=1)


def power_by_hand(n: int) -> float:
    """P(treatment > control) > 0.975 by the midpoint rule, over every pair of outcomes."""
    y, x = np.arange(n + 1), (np.arange(8000) + 0.5) / 8000
    pdf = stats.beta.pdf(x, y[:, None] + 1 / 3, n - y[:, None] + 1 / 3)
    cdf = special.betainc(y[:, None] + 1 / 3, n - y[:, None] + 1 / 3, x)
    met = (pdf / pdf.sum(axis=1, keepdims=True)) @ cdf.T > 0.975
    return stats.binom.pmf(y, n, 0.7) @ met @ stats.binom.pmf(y, n, 0.3)


def test_the_answer_is_the_rung_from_which_every_later_one_keeps_the_target():
    """19 gives 0.774 and 20 0.737, 26 gives 0.880 and 27 0.846: 0.85 is kept from 28 on only."""
    found = sample_size(sawtooth(), 0.85, ladder=range(18, 41))
    power = {row.rung: row.value for row in found.rows if row.quantity == "power"}
    published = {19: 0.774, 20: 0.737, 26: 0.880, 27: 0.846}
    assert {n: round(power[n], 3) for n in published} == pytest.approx(published, abs=1.1e-3)
    for n in (19, 27, 33):
        assert power[n] == pytest.approx(power_by_hand(n), abs=1e-6)
    assert found.answer == 28
    assert found.sizes == {"control": {"SLE": 28}, "treatment": {"SLE": 28}}
    assert found.totals[28] == 56
    assert sample_size(sawtooth(), 0.85, ladder=range(18, 27)).answer == 25  # of that ladder


def test_a_target_that_no_rung_keeps_is_told_with_what_was_reached():
    found = sample_size(sawtooth(), 0.95, ladder=range(18, 30))
    assert found.answer is None and found.sizes is None
    assert "the best is 0.8798 at 26 patients" in found.warnings[0]


def test_errors_stand_beside_the_power():
    found = sample_size(sawtooth(), 0.8, ladder=(20, 30))
    errors = [row for row in found.rows if row.quantity in ("type_i_error", "family_wise_error")]
    assert {row.scenario for row in errors} == {"1"} and len(errors) == 4
    assert {each.scenario: each.sample_size for each in found.answers if each.stratum == "all"} == {
        "0": 30, "1": None,
    }  # fmt: skip


def test_sizes_keep_their_proportions_or_one_part_alone_is_sized():
    design = binary(SHARED, {"SLE": 20, "IIM": 11, "SSc": 5}, None, RESPONSE)
    assert by_arm(sized(design, 40))["treatment"] == {"SLE": 40, "IIM": 22, "SSc": 10}
    assert by_arm(sized(design, 7))["treatment"] == {"SLE": 7, "IIM": 4, "SSc": 2}
    assert by_arm(sized(design, 30, "IIM"))["treatment"] == {"SLE": 20, "IIM": 30, "SSc": 5}
    both = binary(THIRD, 30, 15, BETTER, strata=2)
    assert by_arm(sized(both, 20)) == {
        "control": {"SLE": 10, "IIM": 10}, "treatment": {"SLE": 20, "IIM": 20},
    }  # fmt: skip
    assert by_arm(sized(both, 20, "control")) == {
        "control": {"SLE": 20, "IIM": 20}, "treatment": {"SLE": 30, "IIM": 30},
    }  # fmt: skip
    assert (default_ladder(design)[0], default_ladder(design)[-1]) == (5, 60)


def test_assurance_is_sized_as_power_is():
    prior = {"treatment": component(independent(normal(0.3, 0.5)))}
    design = binary(SHARED, 12, None, RESPONSE, strata=2, design_prior=prior)
    found = sample_size(design, 0.8, "assurance", stratum="any", ladder=(6, 12, 18))
    assert found.scenario == "design prior" and found.method == "exact"
    from trialdesign.simulation.assurance import assurance

    one = {row.stratum: row.value for row in assurance(design, reference=False).rows
           if row.quantity == "assurance"}  # fmt: skip
    rung = {row.stratum: row.value for row in found.rows
            if row.rung == 12 and row.quantity == "assurance"}  # fmt: skip
    assert rung == pytest.approx(one, abs=1e-12)


@pytest.mark.parametrize(("free", "said"), [
    ("all", "Patients of the treatment arm in the largest stratum, the others in proportion"),
    ("control", "Patients of the control arm in the largest stratum, which alone is sized"),
    ("SLE", "Patients of the treatment arm in SLE, which alone is sized"),
])  # fmt: skip
def test_the_figure_says_whose_patients_a_size_counts(free, said):
    from trialdesign.figures import success_by_sample_size

    figure, _ = success_by_sample_size(sample_size(sawtooth(), 0.5, ladder=(6, 8), free=free))
    assert figure.get_supxlabel() == said


def test_simulated_rungs_are_those_of_exact_ones():
    """Within 4.5 Monte Carlo standard errors."""
    design = binary(SHARED, 12, None, RESPONSE, [(0.6, None)], strata=2)
    exact = sample_size(design, 0.8, ladder=(8, 16)).rows
    simulated = sample_size(design, 0.8, ladder=(8, 16), method="simulation", trials=4000)
    assert simulated.methods == ("simulation", "simulation")
    for ours, theirs in zip(simulated.rows, exact, strict=True):
        assert abs(ours.value - theirs.value) < 4.5 * max(ours.mcse, 1e-3)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"target": 1.0}, "`target` must be above 0"),
        ({"metric": "assurance"}, "`design_prior` must say"),
        ({"scenario": "x"}, "`scenario` must be one of 0, 1"),
        ({"stratum": "x"}, "`stratum` must be any, all"),
        ({"free": "x"}, "`free` must be all, an arm"),
        ({"ladder": (3, 2)}, "`ladder` must be increasing"),
        ({"ladder": ()}, "`ladder` must be increasing"),
        ({"ladder": range(1, 2000)}, "at most 1000 rungs"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_remedy(asked, text):
    with pytest.raises(SpecificationError, match=text):
        sample_size(sawtooth(), **asked)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(SpecificationError) as caught:
        sample_size(sawtooth(), 2.0, stratum="x", ladder=())
    assert all(f"`{name}`" in str(caught.value) for name in ("target", "stratum", "ladder"))


DESIGN = """\
title: Sawtooth
strata: [SLE]
endpoint: {kind: binary, name: remission}
sample_size: {control: 20, treatment: 20}
model:
  control: {strata: {kind: independent, prior: {dist: Beta, alpha: 1, beta: 1}}}
  treatment: {strata: {kind: independent, prior: {dist: Beta, alpha: 1, beta: 1}}}
decision: [{estimand: difference, greater_than: 0, probability: 0.975}]
scenarios:
  - {name: works, control: 0.3, treatment: 0.7}
  - {name: "null", control: 0.3, treatment: 0.3}
"""


def test_the_command_prints_the_answer_in_every_form(tmp_path):
    from click.testing import CliRunner

    from trialdesign.cli import cli

    path = tmp_path / "d.yaml"
    path.write_text(DESIGN)
    asked = ["sample-size", str(path), "--target", "0.8", "--ladder", "22:26"]
    run = lambda *more: CliRunner().invoke(cli, [*asked, *more])
    found = json.loads(run("--json").stdout)
    assert (found["answer"], found["patients"], found["target"]) == (23, 46, 0.8)
    assert found["curve"][0].keys() >= {"sample_size", "scenario", "stratum", "quantity", "value"}
    assert run("--csv").stdout.splitlines()[0].startswith("sample_size,scenario,stratum")
    assert "23, 46 patients in all." in run().stdout
    assert run("--figure", str(tmp_path / "f.png")).exit_code == 0
    assert run("--ladder", "9:2").exit_code == 2
