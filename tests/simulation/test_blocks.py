"""Simulation by blocks: the numbers depend neither on who runs the tasks nor on how they are cut."""

from __future__ import annotations

import pickle
import tracemalloc
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import fields
from multiprocessing import get_context

import numpy as np
import pytest
from checks.outcomes import CONTROLLED
from helpers import binary, criterion
from survival_designs import relapse

from trialdesign.analysis.build import assemble_groups
from trialdesign.design.file import load_design
from trialdesign.design.library import DESIGNS, names
from trialdesign.simulation.results import Simulated
from trialdesign.simulation.trials import simulate as module
from trialdesign.simulation.trials.blocks import Task, by_truth, tasks_of
from trialdesign.simulation.trials.simulate import simulate, simulate_ladder
from trialdesign.simulation.trials.streams import BLOCK

pytestmark = pytest.mark.properties

TRUTHS = [{"control": 0.03, "treatment": 0.01}, {"control": 0.02, "treatment": 0.02}]
LOOKS = [{"events": 4}, {"calendar": 18}]


def timed():
    return relapse(15, 10, TRUTHS, strata=2, looks=LOOKS)


def finite():
    model, _, _ = CONTROLLED["arm-wise, independent"]
    return binary(model, 9, 6, [criterion("difference", 0.0, 0.9)], [(0.5, 0.3), (0.3, 0.3)])


CASES = {"in time, with looks": timed, "finite": finite}
TRIALS = 2 * BLOCK + 300


def arrays(result: Simulated) -> list[np.ndarray]:
    own = [result.met, result.error, result.covered]
    if result.passage is not None:
        own += [getattr(result.passage, f.name) for f in fields(result.passage) if f.name != "met"]
        own += result.passage.met
    return own


def same(first: list[Simulated], second: list[Simulated]) -> None:
    for one, other in zip(first, second, strict=True):
        for a, b in zip(arrays(one), arrays(other), strict=True):
            np.testing.assert_array_equal(a, b)


def backwards(work, tasks):
    """Run tasks in the wrong order, and hand them back in the right one, as an executor may."""
    found = [work(task) for task in reversed(tasks)]
    return found[::-1]


@pytest.mark.parametrize("name", CASES)
def test_the_order_of_the_work_does_not_matter(name):
    design = CASES[name]()
    groups = assemble_groups(design)
    plain = simulate(design, groups, TRIALS, 3)
    same(plain, simulate(design, groups, TRIALS, 3, run=backwards))
    with ThreadPoolExecutor(3) as pool:
        same(plain, simulate(design, groups, TRIALS, 3, run=pool.map))


def test_other_processes_find_the_same():
    design = finite()
    groups = assemble_groups(design)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        same(simulate(design, groups, TRIALS, 3), simulate(design, groups, TRIALS, 3, run=pool.map))


@pytest.mark.parametrize("name", CASES)
def test_how_trials_are_cut_into_tasks_does_not_matter(name, monkeypatch):
    design = CASES[name]()
    groups = assemble_groups(design)
    plain = simulate(design, groups, TRIALS, 3)
    assert len(plain[0].met) == TRIALS
    monkeypatch.setattr(module, "_together", lambda design, parts: 1)
    for one, other in zip(plain, simulate(design, groups, TRIALS, 3), strict=True):
        for a, b in zip(arrays(one), arrays(other), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_a_ladder_is_cut_into_the_same_tasks():
    designs = [relapse(15, 10, TRUTHS, follow_up=months) for months in (6, 12)]
    groups = assemble_groups(designs[-1], cut_truths=False)
    plain = simulate_ladder(designs, groups, TRIALS, 3)
    other = simulate_ladder(designs, groups, TRIALS, 3, run=backwards)
    assert [len(rung) for rung in plain] == [2, 2]
    for a, b in zip(plain, other, strict=True):
        for first, second in zip(a, b, strict=True):
            assert first.shape == (TRIALS, 1)
            np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("trials", "together"), [(1, 1), (999, 4), (1000, 2), (4321, 3), (12_000, 99)])
def test_tasks_hold_every_trial_once(trials, together):
    tasks = tasks_of(2, trials, together)
    for truth in range(2):
        own = [task for task in tasks if task.truth == truth]
        assert sum(task.trials for task in own) == trials
        starts = np.cumsum([0, *(task.trials for task in own[:-1])])
        assert [task.first * BLOCK for task in own] == starts.tolist()


def test_results_come_as_soon_as_their_truth_is_done_and_progress_is_told():
    told, seen = [], []
    tasks = tasks_of(2, 2 * BLOCK, 1)

    def run(work, tasks):
        for task in tasks:
            seen.append(task)
            yield work(task)

    found = by_truth(lambda task: task.first, tasks, run, told.append)
    assert next(found) == [0, 1] and len(seen) == 2
    assert next(found) == [0, 1] and told == [0.25, 0.5, 0.75, 1.0]
    assert tasks[0] == Task(0, 0, BLOCK)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_trials():
    """But for what is kept of a trial: 18 bytes per stratum, and its months and counts."""
    design, peaks = timed(), []
    groups = assemble_groups(design)
    for trials in (4 * BLOCK, 40 * BLOCK):
        tracemalloc.start()
        simulate(design, groups, trials, 3)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    kept = 2 * 36 * BLOCK * 2 * len(design.scenarios) * (10 + 3 * 8 + 2 * 8)
    assert peaks[1] - peaks[0] < 1.2 * kept


@pytest.mark.parametrize("name", names(DESIGNS))
def test_a_shipped_design_can_be_sent_to_another_process(name):
    design = load_design(name)
    assert pickle.loads(pickle.dumps(design)) == design
