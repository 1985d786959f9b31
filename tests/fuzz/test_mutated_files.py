"""Whatever is written in a file ends in a result or a refusal, within 20 s and 2 GB, and never in NaN.

The limits and the judgement are `fuzz.mutated_files`; here its lines are read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from fuzz.mutated_files import fault

TESTS = Path(__file__).parents[1]


def faults(first: int, last: int) -> tuple[Counter, list[dict]]:
    """Return how often each status came, and the cases that went wrong; a crash is one of them."""
    path = os.pathsep.join([str(TESTS.parent), str(TESTS), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "fuzz.mutated_files", str(first), str(last)],
        cwd=TESTS, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    ended = {line["seed"]: line for line in lines if "words" in line}
    wrong = [line for line in ended.values() if line["fault"]]
    started = {line["seed"] for line in lines}
    wrong += [{"seed": seed, "fault": done.stderr[-500:]} for seed in started - set(ended)]
    assert started == set(range(first, last)) or wrong, done.stderr[-2000:]
    return Counter(line["status"] for line in ended.values()), wrong


def test_mutated_files_end_in_a_result_or_a_refusal():
    statuses, wrong = faults(0, 500)
    assert not wrong, wrong
    assert statuses[0] > 50 and statuses[2] > 50, statuses  # neither is everything refused nor nothing


@pytest.mark.slow
@pytest.mark.parametrize("first", range(500, 10_500, 1000))
def test_more_mutated_files_end_in_a_result_or_a_refusal(first):
    _, wrong = faults(first, first + 1000)
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("status", "stdout", "words"),
    [
        (1, "", ["--json"]),
        (2, "", ["--json"]),
        (0, "SLE  nan", ["--quiet"]),
        (0, "SLE,-inf", ["--csv"]),
        (0, '{"results": [{"quantity": "power", "value": null}]}', ["--json"]),
        (0, "works,SLE,power,,0,,", ["power", "--csv"]),
    ],
)
def test_the_judgement_can_fail(status, stdout, words):
    assert fault(status, stdout, "", words)
    undefined = '{"results": [{"quantity": "bias", "value": null}]}'
    assert fault(0, undefined, "", ["--json"]) is None
