"""`analyse`: the planned analysis of one data set."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass

import click


from ..design_file import load_design

from ._output import document, output_options, seed_option
from ._progress import progress
from ._shell import MISSED_TARGET
from ._tables import Column, Heading, Table

COLUMNS = ("stratum", "criterion", "probability", "met")


@click.command("analyse")
@click.argument("design")
@click.argument("data")
@output_options
@seed_option
def command(design, data, seed, output):
    """Analyse the data set DATA, a CSV file, as DESIGN plans it."""
    raise NotImplementedError
