"""`schema`: the JSON Schema of design files."""

from __future__ import annotations

import click

from trialdesign.cli._output import output_options, to_json
from trialdesign.design.schema import design_schema


@click.command("schema")
@output_options
def command(output):
    """Print the JSON Schema of design files.

    Editors complete and check design files with it; where the YAML language server is used, begin the
    design with the line

        # yaml-language-server: $schema=design.schema.json
    """
    output.write(to_json(design_schema()))
