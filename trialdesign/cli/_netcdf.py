"""The option `--save`: draws, data and predictions as a NetCDF file that ArviZ reads."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trialdesign.cli._completion import files
from trialdesign.cli._output import Output
from trialdesign.errors import SpecificationError
from trialdesign.report.whole_files import check_writable, write_whole
from trialdesign.specification.wording import shorten

if TYPE_CHECKING:
    from xarray import DataTree

ENDING = ".nc"


def save_option(text: str) -> Callable:
    """Return the option ``--save FILE``; the command gets the file's name."""
    about = f"{text}  FILE ends in {ENDING} (NetCDF, ArviZ)."
    return click.option("--save", metavar="FILE", shell_complete=files, help=about)


def check_save(path: str | None, output: Output) -> None:
    """Refuse a file that cannot be written, before the work is done."""
    if path is None:
        return
    if Path(path).suffix.lower() != ENDING:
        raise SpecificationError(
            f"`--save` must end in {ENDING}; got {shorten(path)}. Give the file such an ending: it is "
            "NetCDF, which ArviZ, xarray and R read."
        )
    check_writable(path, output.force)


def write_save(path: str | None, output: Output, tree: Callable[[], DataTree]) -> None:
    """Make and write draws, if they were asked for."""
    if path is None:
        return
    made = tree()
    with tempfile.TemporaryDirectory() as folder:  # the library writes files, not bytes
        scratch = Path(folder) / "draws.nc"
        made.to_netcdf(scratch, engine="h5netcdf")
        content = scratch.read_bytes()
    if "warnings" in made.attrs:
        output.warn([made.attrs["warnings"] + "."])
    write_whole(path, content, force=output.force)
    output.note(f"Wrote {path}.")
