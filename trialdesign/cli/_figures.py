"""The option `--figure` and others like it, and how figures are written."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import click

from trialdesign.cli._completion import files
from trialdesign.cli._output import Output
from trialdesign.errors import SpecificationError
from trialdesign.report.whole_files import check_writable, write_whole

UNDATED = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}  # what a file would say about when it was made


def figure_option(text: str, option: str = "--figure") -> Callable:
    """Return an option ``--figure FILE``; the command gets the file's name."""
    about = f"{text}  FILE ends in {', '.join(UNDATED)}."
    return click.option(option, metavar="FILE", shell_complete=files, help=about)


def check_figure(path: str | None, output: Output, option: str = "--figure") -> None:
    """Refuse a figure that cannot be written, before the work is done."""
    if path is None:
        return
    if Path(path).suffix.lower() not in UNDATED:
        raise SpecificationError(
            f"`{option}` must end in {', '.join(UNDATED)}; got {path}. Give the file such an ending."
        )
    check_writable(path, output.force)


def write_figure(path: str | None, output: Output, draw: Callable) -> None:
    """Draw and write a figure, if one was asked for; ``draw()`` returns it with its axes."""
    if path is None:
        return
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, _ = draw()
    suffix, content = Path(path).suffix.lower(), io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "trialdesign"}):
        figure.savefig(content, format=suffix[1:], metadata=UNDATED[suffix], dpi=200)
    pyplot.close(figure)
    write_whole(path, content.getvalue(), force=output.force)
    output.note(f"Wrote {path}.")
