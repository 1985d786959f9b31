"""Sample size: the smallest trial from which every larger one keeps its target.

Power is a sawtooth in the number of patients wherever outcomes are counts: one patient more can raise
the number of responders that success takes.  So a ladder of sizes is climbed whole, and the answer is
the rung from which every later one keeps the target; bisection would land on any tooth.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from trialdesign.analysis.accuracy import inaccuracy
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design, changed
from trialdesign.errors import SpecificationError
from trialdesign.simulation.success import Success, success_of
from trialdesign.simulation.trials.truths import NAME, not_drawn
from trialdesign.sizing.ladder import Question, Rungs, smallest, warnings_of
from trialdesign.sizing.questions import default_scenario
from trialdesign.sizing.sample_size_result import SampleSize, SizeAnswer, SizeRow
from trialdesign.sizing.scaled import by_arm, default_ladder, reference, sized

METRICS = ("power", "assurance")
MOST_RUNGS = 1000
PATIENTS = Rungs("size", "patients", "Extend --ladder, or lower the target.")
ASKED = ("power", "type_i_error", "success")  # the quantities that answers are read off

Progress = Callable[[float], None]


@on_one_thread
def sample_size(
    design: Design,
    target: float = 0.9,
    metric: str = "power",
    scenario: str | None = None,
    stratum: str = "all",
    ladder: Sequence[int] | None = None,
    free: str = "all",
    method: str = "auto",
    trials: int | None = None,
    seed: int | None = None,
    progress: Progress = lambda done: None,
) -> SampleSize:
    """Return the smallest size from which every larger one of a ladder keeps a target.

    Parameters
    ----------
    design : Design
        Its sizes give the proportions between arms and strata, which every rung keeps.
    target : float
        Probability of success, 0 to 1.
    metric : {"power", "assurance"}
        Success under an assumed truth, or with the truth drawn from the design prior.
    scenario : str, optional
        Assumed truth for which the answer is given; unless named, the first in which the stratum's
        truth (for ``any`` and ``all``: every stratum's) lies in the success region.
    stratum : str
        ``any``, ``all`` or a stratum's name.
    ladder : sequence of int, optional
        Sizes to try, in increasing order: patients of the treatment arm in the largest stratum.  Unless
        given, 40 from a quarter to three times the design's.
    free : str
        ``all`` scales the design; the name of an arm or of a stratum sizes that alone.
    method : {"auto", "exact", "simulation"}
    trials, seed : int, optional
        Override the design's own.
    progress : callable
        Told the share of the work that is done, 0 to 1.

    Raises
    ------
    SpecificationError
        An argument does not fit the design.
    """
    started = time.perf_counter()
    _check(design, target, metric, scenario, stratum, ladder, free)
    trials = design.simulation.trials if trials is None else trials
    seed = design.simulation.seed if seed is None else seed
    ladder = default_ladder(design, free) if ladder is None else tuple(ladder)
    drawn = metric == "assurance"
    own = changed(design, scenarios=[]) if drawn else design
    found: list[Success] = []
    rows, rungs = [], {rung: sized(own, rung, free) for rung in ladder}
    work = [sum(each.patients) for each in rungs.values()]
    for i, (rung, each) in enumerate(rungs.items()):
        before, share = sum(work[:i]) / sum(work), work[i] / sum(work)
        tell = lambda done, before=before, share=share: progress(before + share * done)
        found.append(success_of(each, method, trials, seed, drawn, tell))
        rows += [SizeRow(rung, **asdict(row)) for row in found[-1].rows]
    chosen = NAME if drawn else scenario or default_scenario(design, stratum)
    question = Question(metric, target, chosen, stratum, rungs=PATIENTS)
    paths: dict[tuple[str, str], list[SizeRow]] = {}
    for row in rows:
        if row.quantity in (("assurance",) if drawn else ASKED):
            paths.setdefault((row.scenario, row.stratum), []).append(row)
    answer = smallest(paths[chosen, stratum], question.keeps)
    worst = max(found, key=lambda each: each.accuracy / each.target)
    simulated = any(each.method == "simulation" for each in found)
    return SampleSize(
        design=design,
        metric=metric,
        target=target,
        scenario=chosen,
        stratum=stratum,
        free=free,
        answer=answer,
        sizes=None if answer is None else by_arm(rungs[answer]),
        answers=tuple(SizeAnswer(*key, smallest(path, question.keeps)) for key, path in paths.items()),
        rows=tuple(rows),
        totals=dict(zip(ladder, work)),
        methods=tuple(each.method for each in found),
        trials=trials if simulated else None,
        seed=seed,
        seconds=time.perf_counter() - started,
        accuracy=max(each.accuracy for each in found),
        accurate=worst.accuracy <= worst.target,
        warnings=(
            *warnings_of(paths[chosen, stratum], question, answer, trials),
            *inaccuracy(worst.accuracy, worst.target),
        ),
    )


def _check(design, target, metric, scenario, stratum, ladder, free) -> None:
    """Refuse what cannot be asked of a design, all of it at once."""
    problems = [*_of_truth(design, target, metric, scenario), *_of_ladder(ladder)]
    if stratum not in (*design.strata, "any", "all"):
        problems.append(
            f"`stratum` must be any, all or one of {', '.join(design.strata)}; got {stratum}. "
            "Choose one of these."
        )
    if free not in ("all", *design.arms, *design.strata):
        problems.append(
            f"`free` must be all, an arm ({', '.join(design.arms)}) or a stratum "
            f"({', '.join(design.strata)}); got {free}. Choose one of these."
        )
    elif reference(design, free) == 0:
        problems.append(f"`free` must leave patients to size; `{free}` has none. Free another part.")
    if problems:
        raise SpecificationError(problems)


def _of_truth(design: Design, target: float, metric: str, scenario: str | None) -> Iterator[str]:
    """Yield what is wrong with the target and with what is assumed to be true."""
    if not 0 < target < 1:
        yield f"`target` must be above 0 and below 1; got {target:g}. Change it."
    if metric not in METRICS:
        yield f"`metric` must be one of {', '.join(METRICS)}; got {metric!r}. Choose one."
    if metric == "assurance":
        if design.design_prior is None:
            yield (
                "`design_prior` must say what is believed to be true, for assurance; got none. Add one, "
                "or ask for power."
            )
        yield from not_drawn(design)
    names = [NAME] if metric == "assurance" else [each.name for each in design.scenarios]
    if not names:
        yield "`scenarios` must name at least one assumed truth; got none. Add one."
    elif scenario is not None and scenario not in names:
        yield f"`scenario` must be one of {', '.join(names)}; got {scenario}. Choose one."


def _of_ladder(ladder: Sequence[int] | None) -> Iterator[str]:
    """Yield what is wrong with a ladder, if one is given."""
    rungs = [2] if ladder is None else list(ladder)
    rising = all(b > a for a, b in zip(rungs, rungs[1:]))
    if not rungs or min(rungs) < 1 or not rising or any(n != int(n) for n in rungs):
        yield f"`ladder` must be increasing whole numbers, 1 or more; got {rungs}. Sort them."
    elif len(rungs) > MOST_RUNGS:
        yield f"`ladder` must have at most {MOST_RUNGS} rungs; got {len(rungs)}. Widen its steps."
