"""`init`: a commented design file to start from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from trialdesign.cli._completion import templates
from trialdesign.cli._output import Output, document, output_options
from trialdesign.design.evidence.example import own_evidence
from trialdesign.design.library import shipped_designs, shipped_text
from trialdesign.errors import SpecificationError
from trialdesign.report.page import Column, Heading, Table
from trialdesign.specification.wording import shorten

ENDINGS = (".yaml", ".yml")


@click.command("init")
@click.argument("template", required=False, shell_complete=templates)
@click.option(
    "--evidence", is_flag=True,
    help="Write its evidence, too, as a commented file beside it, which it then names.",
)  # fmt: skip
@output_options(endings=ENDINGS)
def command(template, evidence, output):
    """Write the shipped design TEMPLATE to TEMPLATE.yaml, or list the designs there are.

    -o names another file; `-o -` prints the design.  No file is replaced without --force.

    With --evidence, the published numbers of the design (on the treatment, where there are any) stand
    in TEMPLATE-evidence.yaml, to be replaced by yours: one row per study and stratum.  `trialdesign
    priors --help` shows such a file.
    """
    if template is None:
        if evidence:
            raise click.UsageError("--evidence goes with a TEMPLATE. Name the design.")
        _list(output)
        return
    if output.to_stdout:
        if evidence:
            raise click.UsageError("--evidence writes a file beside the design. Name it: -o FILE.yaml.")
        output.write(shipped_text(template))
        return
    path = f"{template}.yaml" if output.path is None else output.path
    if Path(path).suffix.lower() not in ("", *ENDINGS):
        raise SpecificationError(
            f"`--output` must end in {' or '.join(ENDINGS)}; got {shorten(path)}. A design is YAML."
        )
    files = _files(template, path, evidence)
    targets = [replace(output, form="table", path=file) for _, file, _ in files]
    for target in targets:
        target.check()
    for target, (*_, text) in zip(targets, files, strict=True):
        target.write(text)
    if output.form == "json":
        rows = [{"name": name, "path": file} for name, file, _ in files]
        replace(output, path=None).deliver(document("init", results=rows), list, ("name", "path"))
    else:
        _say_what_next(output, path, files)


def _files(template: str, path: str, evidence: bool) -> list[tuple[str, str, str]]:
    """Return what is written: names, paths and texts, the design first."""
    if not evidence:
        return [(template, path, shipped_text(template))]
    beside = Path(path).with_name(f"{Path(path).stem}-evidence.yaml")
    text, own = own_evidence(template, Path(path).name, beside.name)
    return [(template, path, text), (beside.stem, str(beside), own)]


def _say_what_next(output: Output, path: str, files: list) -> None:
    for _, file, _ in files[1:]:
        output.note(
            f"Put your numbers into {file}; then `trialdesign priors fit {path}` shows the prior."
        )
    output.note(f"Edit it; then `trialdesign power {path}` computes what it does.")


def _list(output: Output) -> None:
    rows = [{"name": name, "title": title} for name, title in shipped_designs().items()]
    table = Table(
        [Column("name", right=False), Column("title", right=False, running=True)],
        [[row["name"], row["title"]] for row in rows],
    )
    page = [
        Heading("Designs to start from"), table, "",
        "`trialdesign init NAME` writes NAME.yaml; with --evidence, an evidence file beside it.",
    ]  # fmt: skip
    output.deliver(document("init", results=rows), lambda: page, ("name", "title"))
