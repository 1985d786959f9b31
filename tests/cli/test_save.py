"""`--save`: draws, data and predictions as a NetCDF file, written whole or refused before the work.

Here, too, are tested: trialdesign.cli._netcdf.
"""

from __future__ import annotations

import pytest
import xarray

DATA = """\
stratum,arm,n,responders
SLE,control,4,1
SLE,treatment,6,5
IIM,control,4,1
IIM,treatment,5,2
"""
COMMANDS = {
    "analyse": ("analyse", "small.yaml", "data.csv"),
    "priors fit": ("priors", "fit", "small.yaml"),
}
PATHS = [
    ("a.csv", "`--save` must end in .nc; got a.csv."),
    ("a", "`--save` must end in .nc; got a."),
    ("no/a.nc", "must be in a folder that exists"),
    ("kept.nc", "To replace it, pass --force"),
]


@pytest.fixture
def folder(small, tmp_path):
    (tmp_path / "data.csv").write_text(DATA)
    (tmp_path / "kept.nc").write_text("kept")
    return tmp_path


def read(path):
    with xarray.open_datatree(path, engine="h5netcdf") as tree:
        return tree.load()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_file_holds_what_the_command_tells_and_the_result_is_the_same(run, folder, name):
    plain = run(*COMMANDS[name], "--csv")  # the page tells the seconds
    result = run(*COMMANDS[name], "--csv", "--save", "a.nc", "--seed", "5")
    assert result.stdout == plain.stdout and "Wrote a.nc." in result.stderr
    tree = read(folder / "a.nc")
    assert (tree.attrs["title"], tree.attrs["seed"]) == ("Two diseases, small", 5)
    assert list(tree["posterior"]["stratum"].values) == ["SLE", "IIM"]
    assert {"posterior", "prior", "observed_data"} <= set(tree.children)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("path", "rule"), PATHS)
def test_what_cannot_be_written_is_refused_before_the_work(run, folder, name, path, rule):
    """The design is not even read: there is none of this name."""
    command = [word.replace("small.yaml", "no such design") for word in COMMANDS[name]]
    result = run(*command, "--save", path, status=2)
    assert rule in " ".join(result.stderr.split())
    assert "no such design" not in result.stderr and not result.stdout
    assert (folder / "kept.nc").read_text() == "kept"


def test_a_file_is_replaced_where_it_is_forced(run, folder):
    run(*COMMANDS["analyse"], "--save", "kept.nc", "--force")
    assert "posterior" in read(folder / "kept.nc").children
    assert not list(folder.glob(".trialdesign*"))
