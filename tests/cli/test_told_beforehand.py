"""What long work will take is told before it begins; of short work nothing is said.

Here, too, are tested: trialdesign.cli._progress.
"""

from __future__ import annotations

import pytest
from conftest import SMALL

from trialdesign.simulation.cost import Work


@pytest.mark.parametrize(("seconds", "said"), [(3.0, ""), (42.3, "About 42 s of one processor, and ")])
def test_long_work_is_told_of(run, tmp_path, monkeypatch, seconds, said):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    monkeypatch.setattr(
        "trialdesign.simulation.method.enumerable",
        lambda *args: (Work(numbers=1e8, seconds=seconds), None),
    )
    told = run("power", path, "--no-reference").stderr
    assert told.startswith(said) and (said or told == "")
    assert not said or "0.9 GB of memory." in told
    assert run("power", path, "--no-reference", "--quiet").stderr == ""
