"""The shell around the commands: exit statuses, errors, interruption, and what is loaded when.

Here, too, are tested: trialdesign.__main__.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import warnings

import pytest

from trialdesign.cli import COMMANDS, cli
from trialdesign.cli._shell import _prepare_process, guarded
from trialdesign.errors import ConvergenceError

HEAVY = "pymc arviz scipy.stats pandas matplotlib xarray numba nutpie rich pydantic numpy".split()
TRIALDESIGN = [sys.executable, "-m", "trialdesign"]


def loaded_by(code: str) -> set[str]:
    """Return which heavy modules are loaded after some code has run in a fresh process."""
    report = f"{code}\nimport sys; print('\\n'.join(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(done.stdout.split()) & set(HEAVY)


@pytest.mark.parametrize("arguments", [["--help"], ["priors", "--help"], ["--version"], ["--versoin"]])
def test_help_loads_nothing_heavy(arguments):
    code = f"from trialdesign.cli import cli\ncli.main({arguments!r}, standalone_mode=False)"
    assert loaded_by(code) == set()


def test_the_package_itself_loads_nothing_heavy():
    assert loaded_by("import trialdesign; trialdesign.__version__; dir(trialdesign)") == set()


def test_power_loads_no_sampler_no_pandas_and_no_plots(small):
    code = f"from trialdesign.cli import cli\ncli.main(['power', {str(small)!r}], standalone_mode=False)"
    assert loaded_by(code) <= {"pydantic", "numpy", "numba"}


def commands(table=cli, path=()):
    """Yield the words that call each command, groups included."""
    for name in table.table:
        yield (*path, name)
        command = table.get_command(None, name)
        if hasattr(command, "table"):
            yield from commands(command, (*path, name))


def cli_takes(words, option: str) -> bool:
    """Return whether a command has an option, shown in its help or not."""
    command = cli
    for word in words:
        command = command.get_command(None, word)
    return any(option in parameter.opts for parameter in command.params)


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_explains_itself(run, words):
    page = run(*words, "--help").stdout
    assert page.startswith(f"Usage: trialdesign {' '.join(words)}")
    if "COMMAND" not in page.splitlines()[0]:
        assert cli_takes(words, "--seed")
        for option in ("--json", "--csv", "--quiet", "--debug", "--force"):
            assert option in page


def test_help_lists_the_commands_of_the_table(run):
    page = run("--help").stdout
    for name, (_, text) in COMMANDS.items():
        assert f"\n  {name} " in page
        assert text.split()[0] in page
    assert "Usage: trialdesign" in run(status=2).output


def test_a_mistyped_command_is_met_with_the_nearest(run):
    assert "Did you mean `power`?" in run("powr", status=2).stderr
    assert "Did you mean `show`?" in run("priors", "shw", status=2).stderr


def test_the_version_is_told(run):
    assert run("--version").stdout.startswith("trialdesign ")


def test_a_defect_is_reported_without_a_traceback_unless_asked(capsys):
    def broken():
        raise KeyError("x")

    assert guarded(broken) == 1
    told = capsys.readouterr().err
    assert "KeyError" in told and "--debug" in told and "Traceback" not in told
    assert guarded(broken, debug=True) == 1
    assert "Traceback" in capsys.readouterr().err


def test_statuses_follow_the_kind_of_error(capsys):
    def missed():
        raise ConvergenceError("R-hat is 1.2.")

    def full():
        raise OSError(28, "No space left on device", "a.csv")

    assert guarded(missed) == 3
    assert guarded(full) == 1
    assert capsys.readouterr().err == "Error: R-hat is 1.2.\nError: a.csv: No space left on device.\n"
    assert guarded(lambda: 3) == 3
    assert guarded(lambda: None) == 0


def test_wrong_input_has_no_traceback_even_in_a_true_process(tmp_path):
    (tmp_path / "d.yaml").write_text("titel: x\n")
    done = subprocess.run(
        [*TRIALDESIGN, "power", "d.yaml", "--json"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "d.yaml:1:1: " in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "has_effect"),
    [
        (["power"], True),
        (["follow-up"], True),
        (["events"], True),
        (["analyse"], True),
        (["priors", "fit"], True),
        (["priors", "conflict"], False),
        (["priors", "ess"], False),
        (["priors", "list"], False),
        (["schema"], False),
        (["init"], False),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else None,
)
def test_every_command_takes_a_seed_and_says_where_it_has_no_effect(run, command, has_effect):
    told = " ".join(run(*command, "--help").stdout.split())
    assert "--seed" in told
    assert ("No effect: this command draws no random numbers." in told) is not has_effect


def test_json_is_one_strict_document_in_a_true_process(small):
    done = subprocess.run(
        [*TRIALDESIGN, "power", small, "--json", "--method", "simulation", "--trials", "50"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    def refuse(name):
        raise AssertionError(name)

    assert json.loads(done.stdout, parse_constant=refuse)["trials"] == 50
    assert done.stderr == ""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")
def test_an_interrupted_command_says_so_and_nothing_else(tmp_path):
    process = subprocess.Popen(
        [*TRIALDESIGN, "power", "cart-against-rituximab", "--trials", "10000000", "-o", "a.csv"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(2.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, err.strip()) == ("", "Interrupted: no file was written.")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX systems")
def test_a_reader_that_leaves_is_no_error_worth_a_word(small):
    command = f"{sys.executable} -m trialdesign schema | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (len(done.stdout), done.stderr) == (10, "")


@pytest.mark.parametrize(
    ("debug", "options", "silenced"),
    [(False, [], True), (True, [], False), (False, ["error"], False), (True, ["error"], False)],
)
def test_python_s_own_warnings_are_silenced_unless_someone_asked_for_them(
    monkeypatch, debug, options, silenced
):
    monkeypatch.setattr(sys, "warnoptions", options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _prepare_process(debug)
        assert (warnings.filters[0][0] == "ignore") is silenced
