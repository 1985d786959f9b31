"""`--figure` of the commands that compute results: written, or refused before the work."""

from __future__ import annotations

import pytest

DATA = """\
stratum,arm,n,responders
SLE,control,4,1
SLE,treatment,6,5
IIM,control,4,1
IIM,treatment,5,2
"""
COMMANDS = {
    "power": ("power", "small.yaml"),
    "analyse": ("analyse", "small.yaml", "data.csv"),
    "events": ("events", "cart-durability-single-arm"),
    "follow-up": ("follow-up", "cart-durability-single-arm", "--events", "10"),
    "width": (
        "follow-up", "cart-durability-single-arm", "--width", "0.3", "--trials", "20",
        "--ladder", "12:24:12", "--exposure-readings",
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_figure_is_written_and_the_result_still_printed(run, small, tmp_path, name):
    (tmp_path / "data.csv").write_text(DATA)
    result = run(*COMMANDS[name], "--figure", "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert result.stdout and "Wrote figure.png." in result.stderr


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(
    ("path", "rule"), [("a.jpg", "must end in"), ("no/a.png", "must be in a folder")]
)
def test_a_figure_that_cannot_be_is_refused_before_the_work(run, small, tmp_path, name, path, rule):
    """The design is not even read: there is none of this name."""
    command, _, *rest = COMMANDS[name]
    result = run(command, "no such design", *rest, "--figure", path, status=2)
    assert rule in result.stderr and "no such design" not in result.stderr and not result.stdout
