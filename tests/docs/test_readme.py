"""What README.md shows is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from trialdesign import load_design, load_evidence
from trialdesign.cli import cli
from trialdesign.specification.registry import kinds

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECONDS = re.compile(r"\d+\.\d s\.")
NUMBER = re.compile(r"[-+]?\d+\.\d+")  # the last digit may differ between machines


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def documented() -> set[str]:
    """Return the commands of the table in README.md, e.g. ``priors list``."""
    rows = re.findall(r"^\| `([^`]+)` \|", README, flags=re.MULTILINE)
    found = set()
    for row in rows:
        words = row.replace("\\|", "|").split()
        if words[0] == "priors":
            found |= {f"priors {each}" for each in words[1].split("|")}
        else:
            found.add(words[0])
    return found


def existing(group=cli, path: str = "") -> set[str]:
    """Return the commands there are."""
    found = set()
    for name in group.table:
        command = group.get_command(None, name)
        inner = hasattr(command, "table")
        found |= existing(command, f"{path}{name} ") if inner else {f"{path}{name}"}
    return found


def test_every_command_is_in_the_table_and_no_other():
    assert documented() == existing()


@pytest.mark.parametrize("option", ["--json", "--csv", "--seed", "--quiet", "--debug", "--force"])
def test_common_options_are_explained(option):
    assert f"`{option}`" in README


def outputs() -> list:
    """Return the outputs that README.md shows, with their commands; whole designs take seconds."""
    shown = r"<!-- output: trialdesign (.*?) -->\n```text\n(.*?)^```$"
    return [
        pytest.param(command, text, id=command, marks=pytest.mark.slow if "power" in command else ())
        for command, text in re.findall(shown, README, re.MULTILINE | re.DOTALL)
    ]


@pytest.mark.parametrize(("command", "printed"), outputs())
def test_outputs_are_what_the_command_prints(command, printed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in files():
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = CliRunner().invoke(cli, command.split())
    ours, theirs = (NUMBER.split(SECONDS.sub("", text)) for text in (result.stdout, printed))
    assert ours == theirs
    ours, theirs = (NUMBER.findall(SECONDS.sub("", text)) for text in (result.stdout, printed))
    for new, old in zip(ours, theirs, strict=True):
        assert float(new) == pytest.approx(float(old), abs=2 * 10.0 ** -len(old.partition(".")[2]))


def files() -> list[tuple[str, str]]:
    """Return the files that README.md spells out: name and text."""
    return re.findall(r"<!-- file: (.*?) -->\n```\w+\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_at_least_the_main_output_is_shown():
    assert "<!-- output: trialdesign power cart-three-diseases -->" in README


def test_the_design_and_the_evidence_of_the_readme_load(tmp_path):
    design, evidence = blocks("yaml")
    evidence_file, design_file = tmp_path / "smith.yaml", tmp_path / "design.yaml"
    evidence_file.write_text(evidence, encoding="utf-8")
    design_file.write_text(design.replace("mueller-2024-response", "smith.yaml"), encoding="utf-8")
    made = load_design(design_file)
    assert made.strata == ["SLE", "IIM", "SSc"]
    (use,) = made.model.treatment.evidence
    assert use.source == load_evidence(evidence_file)
    assert [(row.n, row.responders) for row in use.source.data] == [(12, 9), (5, 3)]


def test_the_help_of_priors_shows_the_same_evidence():
    (_, evidence), shown = blocks("yaml"), CliRunner().invoke(cli, ["priors", "--help"]).stdout
    assert evidence in "".join(f"{line.removeprefix('  ')}\n" for line in shown.splitlines())


@pytest.mark.slow
def test_the_python_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in files():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (code,) = blocks("python")
    scope: dict = {}
    exec(compile(code, "README.md", "exec"), scope)
    assert list(scope["table"].columns)


@pytest.mark.parametrize("family", ["borrowing", "discounting", "endpoints"])
def test_every_kind_is_named(family):
    missing = [kind for kind in kinds(f"trialdesign.{family}") if f"`{kind}`" not in README]
    assert not missing


def test_the_changelog_names_the_version_being_built():
    version = re.search(r"^version = (.*)$", (ROOT / "setup.cfg").read_text(), re.MULTILINE)[1]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
