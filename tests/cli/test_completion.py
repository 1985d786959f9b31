"""Completion in a shell, by click's own machinery.

Here, too, are tested: trialdesign.cli._completion.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from trialdesign.cli import COMMANDS, cli
from trialdesign.design.library import evidence_names, shipped_designs


def offered(*words: str, incomplete: str = "") -> list[str]:
    """Return what a shell offers after some words; ``<file>`` stands for its files."""
    shell = ShellComplete(cli, {}, "trialdesign", "_TRIALDESIGN_COMPLETE")
    items = shell.get_completions(list(words), incomplete)
    return ["<file>" if item.type == "file" else item.value for item in items]


WITH_DESIGN = [
    *(("power",), ("analyse",), ("follow-up",), ("events",)),
    *(("priors", "fit"), ("priors", "ess"), ("priors", "conflict")),
]


@pytest.mark.parametrize("words", WITH_DESIGN, ids=" ".join)
def test_a_design_is_a_file_or_a_shipped_one(words):
    assert offered(*words) == ["<file>", *shipped_designs()]
    assert offered(*words, incomplete="cart-s") == ["<file>", "cart-single-arm"]


def test_init_offers_the_templates_and_no_file():
    assert offered("init") == list(shipped_designs())
    assert offered("init", incomplete="lup") == ["lupus-sri4-historical-control"]


def test_evidence_is_offered_by_name():
    assert offered("priors", "show") == ["<file>", *evidence_names()]
    against = offered("priors", "conflict", "cart-three-diseases", "--against", incomplete="feng")
    assert against == ["<file>", *(name for name in evidence_names() if name.startswith("feng"))]
    assert len(against) > 1


@pytest.mark.parametrize(
    "words",
    [
        ("analyse", "cart-three-diseases"), ("events", "cart-durability", "--data"),
        ("power", "cart-single-arm", "-o"), ("power", "cart-single-arm", "--figure"),
        ("priors", "fit", "cart-single-arm", "--rbest"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_files_are_offered_where_a_file_is_named(words):
    assert offered(*words) == ["<file>"]


def test_commands_and_options_are_offered():
    assert offered() == list(COMMANDS)
    assert offered(incomplete="p") == ["power", "priors"]
    assert offered("priors", incomplete="e") == ["ess", "elicit"]
    assert "--version" in offered(incomplete="--")
    assert "--decisions" in offered("power", incomplete="--d")


def test_commands_are_offered_without_importing_them():
    code = (
        "import sys; from trialdesign.cli import cli; "
        "from click.shell_completion import ShellComplete as S; "
        "print([each.value for each in S(cli, {}, 'trialdesign', '').get_completions([], '')]); "
        "print(*(m for m in ('numpy', 'pydantic', 'trialdesign.cli.power') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told, loaded = done.stdout.splitlines()
    assert told == str(list(COMMANDS)) and loaded == ""


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_in_a_true_process(tmp_path):
    """The script that `_TRIALDESIGN_COMPLETE=bash_source trialdesign` prints, in a shell of its own."""
    (tmp_path / "trialdesign").write_text(f'#!/bin/sh\nexec {sys.executable} -m trialdesign "$@"\n')
    (tmp_path / "trialdesign").chmod(0o755)
    script = """
        eval "$(_TRIALDESIGN_COMPLETE=bash_source trialdesign)"
        compopt() { :; }  # only a shell at a terminal has it
        COMP_WORDS=(trialdesign power cart-s); COMP_CWORD=2
        _trialdesign_completion trialdesign
        echo "${COMPREPLY[@]}"
    """
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("cart-single-arm", "")
