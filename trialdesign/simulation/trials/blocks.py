"""Simulation by blocks: the same numbers in any order and on any number of workers, in bounded memory.

A task is a few thousand trials under one truth.  Whoever runs the tasks hands their results back in
order, as `map` and the `map` of any `concurrent.futures.Executor` do; each is joined as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from trialdesign.simulation.trials.streams import BLOCK

MOST = 4  # blocks of a task, so that it can be counted on to report soon

Result = TypeVar("Result")
Run = Callable[[Callable, Iterable], Iterable]  # the shape of `map`
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Task:
    """Some trials under one truth.

    Attributes
    ----------
    truth : int
        Position among the truths.
    first : int
        Block of the first trial.
    trials : int
    """

    truth: int
    first: int
    trials: int


def tasks_of(n_truths: int, trials: int, together: int) -> list[Task]:
    """Return the tasks of T trials under each truth, ``together`` blocks in each."""
    size = min(max(together, 1), MOST)
    starts = range(0, -(-trials // BLOCK), size)
    return [
        Task(i, start, min(size * BLOCK, trials - start * BLOCK))
        for i in range(n_truths)
        for start in starts
    ]


def by_truth(
    work: Callable[[Task], Result], tasks: Sequence[Task], run: Run, progress: Progress
) -> Iterator[list[Result]]:
    """Yield the results of each truth's tasks, in order, as soon as they are all there."""
    found: list[Result] = []
    ends = [task.truth != after.truth for task, after in zip(tasks, tasks[1:])] + [True]
    for done, (result, last) in enumerate(zip(run(work, tasks), ends, strict=True), start=1):
        found.append(result)
        progress(done / len(tasks))
        if last:
            yield found
            found = []
