"""`schema`: the JSON Schema of design files, or of evidence files."""

from __future__ import annotations

import click

from trialdesign.cli._output import output_options, to_json
from trialdesign.design.schema import design_schema, evidence_schema


@click.command("schema")
@click.option("--evidence", is_flag=True, help="Print the schema of evidence files instead.")
@output_options
def command(evidence, output):
    """Print the JSON Schema of design files.

    Editors complete and check design files with it; where the YAML language server is used, begin the
    design with the line

        # yaml-language-server: $schema=design.schema.json

    With --evidence, the schema is that of evidence files.
    """
    output.write(to_json(evidence_schema() if evidence else design_schema()))
