"""`init`: a commented design file to start from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from trialdesign.cli._output import document, output_options
from trialdesign.design.library import shipped, shipped_text
from trialdesign.errors import SpecificationError
from trialdesign.report.page import Column, Heading, Table
from trialdesign.specification.wording import shorten

ENDINGS = (".yaml", ".yml")


@click.command("init")
@click.argument("template", required=False)
@output_options(endings=ENDINGS)
def command(template, output):
    """Write the shipped design TEMPLATE to TEMPLATE.yaml, or list the designs there are.

    -o names another file; `-o -` prints the design.  No file is replaced without --force.
    """
    if template is None:
        _list(output)
        return
    text = shipped_text(template)
    if output.to_stdout:
        output.write(text)
        return
    path = f"{template}.yaml" if output.path is None else output.path
    if Path(path).suffix.lower() not in ("", *ENDINGS):
        raise SpecificationError(
            f"`--output` must end in {' or '.join(ENDINGS)}; got {shorten(path)}. A design is YAML."
        )
    target = replace(output, form="table", path=path)
    target.check()
    target.write(text)
    if output.form == "json":
        rows = [{"name": template, "path": path}]
        replace(output, path=None).deliver(document("init", results=rows), list, ("name", "path"))
    else:
        output.note(f"Edit it; then `trialdesign power {path}` computes what it does.")


def _list(output) -> None:
    rows = [{"name": name, "title": title} for name, title in shipped().items()]
    table = Table(
        [Column("name", right=False), Column("title", right=False, running=True)],
        [[row["name"], row["title"]] for row in rows],
    )
    page = [Heading("Designs to start from"), table, "", "`trialdesign init NAME` writes NAME.yaml."]
    output.deliver(document("init", results=rows), lambda: page, ("name", "title"))
