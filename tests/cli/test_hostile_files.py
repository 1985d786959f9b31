"""What is no file is refused at once, wherever one is read; what cannot be written, before the work."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading

import pytest
from conftest import SMALL
from test_bad_designs import EVIDENCE

from trialdesign.cli import power
from trialdesign.specification.files import Unreadable, read_bytes

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, sockets and devices of POSIX systems")


@pytest.fixture
def pipe(tmp_path):
    """Return a pipe that nobody writes to: whoever opens it waits for ever."""
    os.mkfifo(tmp_path / "pipe.yaml")
    os.symlink(tmp_path / "pipe.yaml", tmp_path / "pipe.csv")
    os.symlink(tmp_path / "pipe.yaml", tmp_path / "pipe.json")
    return tmp_path / "pipe.yaml"


@pytest.mark.parametrize(
    "words",
    [
        ("power", "pipe.yaml"),
        ("power", "design.yaml"),  # names the pipe as evidence
        ("analyse", "small.yaml", "pipe.csv"),
        ("priors", "show", "./pipe.yaml"),
        ("priors", "ess", "pipe.json"),
        ("priors", "conflict", "small.yaml", "--against", "pipe.yaml"),
        ("priors", "conflict", "small.yaml", "--data", "pipe.csv"),
        ("events", "cart-durability-single-arm", "--data", "pipe.csv"),
    ],
    ids=" ".join,
)
def test_a_pipe_is_refused_wherever_a_file_is_read(run, small, pipe, words):
    (small.parent / "design.yaml").write_text(SMALL.replace("mueller-2024-response", "pipe.yaml"))
    hung = threading.Timer(20, lambda: os.close(os.open(pipe, os.O_RDWR)))  # lets a reader go on
    hung.start()
    told = run(*words, status=2).stderr
    assert hung.is_alive()
    hung.cancel()
    assert "must be a regular file; got a pipe" in told


def test_a_socket_and_a_device_are_refused(tmp_path):
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/s")  # a short name: a socket's path has at most 107 bytes
        with pytest.raises(Unreadable, match="got a socket"):
            read_bytes(f"{folder}/s", 100)
    with pytest.raises(Unreadable, match="got a device"):
        read_bytes("/dev/zero", 100)


def test_what_the_shell_has_opened_is_read(tmp_path):
    (tmp_path / "e.yaml").write_text(EVIDENCE)
    command = f"{sys.executable} -m trialdesign priors show <(cat e.yaml)"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.startswith("mine"), done.stderr


@pytest.fixture
def idle(monkeypatch):
    """Let nothing be computed."""
    monkeypatch.setattr(power, "load_design", lambda *_: pytest.fail("the design was read"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no/a.json", "must be in a folder that exists"),
        (".", "must be a file; got a folder"),
        ("", "the output must be a file; got a folder"),
        ("/dev/null", "must be a regular file"),
        ("x" * 300 + ".json", "must be a name that a file can have; got: File name too long"),
        ("small.yaml/a.json", "must be a name that a file can have; got: Not a directory"),
        ("/proc/a.json", "must be in a writable folder"),
        ("a.xlsx", "must end in .json, .csv, .txt, or have no ending; got a.xlsx"),
        ("a.csv.gz", "must end in .json, .csv, .txt"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_work(run, small, idle, name, said):
    assert said in run("power", small, "-o", name, status=2).stderr
    assert os.listdir(small.parent) == ["small.yaml"]


@pytest.mark.skipif(os.geteuid() == 0 if os.name == "posix" else True, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused_before_the_work(run, small, idle):
    (small.parent / "shut").mkdir(mode=0o500)
    assert "writable folder" in run("power", small, "-o", "shut/a.json", status=2).stderr


def test_a_figure_and_a_mixture_are_refused_before_the_work_as_well(run, small):
    small.write_text("no design")
    for option, name in (("--figure", "no/a.png"), ("--rbest", "no/a.json")):
        told = run("priors", "fit", small, option, name, status=2).stderr
        assert "must be in a folder that exists" in told


def test_an_option_and_an_ending_must_agree(run, small, idle):
    for option, name in (("--json", "a.csv"), ("--csv", "a.json")):
        told = run("power", small, option, "-o", name, status=2).stderr
        assert f"must not end in {name[1:]} with {option}" in told


def test_a_text_of_any_form_may_have_a_plain_ending_or_none(run, tmp_path):
    for option, name, begins in (
        ("--json", "a.txt", "{"),
        ("--csv", "b", "name,"),
        ("--quiet", "c", "56"),
    ):
        run("priors", "list", option, "-o", name)
        assert (tmp_path / name).read_text().startswith(begins)


def test_init_writes_yaml_only(run, tmp_path):
    assert "must end in .yaml or .yml" in run("init", "cart-single-arm", "-o", "a.csv", status=2).stderr
    assert os.listdir(tmp_path) == []


UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
HOSTILE = "a\x1b[31m\x1b]0;owned\x07\x9b2J\u202eb"


@pytest.mark.parametrize(
    "words",
    [
        (HOSTILE,),
        ("power", HOSTILE),
        ("power", f"no/{HOSTILE}.yaml"),
        ("power", "small.yaml", HOSTILE),
        ("power", "small.yaml", f"--{HOSTILE}"),
        ("power", "small.yaml", "--method", HOSTILE),
        ("power", "small.yaml", "--trials", HOSTILE),
        ("power", "small.yaml", "-o", f"no/{HOSTILE}.csv"),
        ("power", "small.yaml", "-o", f"a.{HOSTILE}"),
        ("power", f"no/{HOSTILE}.yaml", "--debug"),
        ("analyse", "small.yaml", f"{HOSTILE}.csv"),
        ("follow-up", "cart-durability-single-arm", "--scenario", HOSTILE),
        ("follow-up", "cart-durability-single-arm", "--ladder", HOSTILE),
        ("events", "cart-durability-single-arm", "--data", HOSTILE),
        ("priors", "show", HOSTILE),
        ("priors", "ess", f"{HOSTILE}.json"),
        ("priors", "fit", "small.yaml", "--stratum", HOSTILE),
        ("priors", "fit", "small.yaml", "--figure", HOSTILE),
    ],
    ids=lambda words: " ".join(word for word in words if HOSTILE not in word) or "no command",
)
def test_an_argument_cannot_write_to_the_terminal(run, small, words):
    told = run(*words, status=2)
    assert told.stderr and not UNSEEN.search(told.output)


NAME = "a\x1b[31m\x9b2J\u202eb"
SPELT = NAME.encode("unicode_escape").decode()
SOURCE = (
    f'{{name: "{SPELT}", citation: x, endpoint: {{kind: binary}}, arm: treatment, grade: A, '
    f'data: [{{stratum: "{SPELT}", n: 3, responders: 2, study: "{SPELT}"}}]}}'
)
ROWS = [f"{stratum},{arm},4,1\n" for stratum in (NAME, "IIM") for arm in ("control", "treatment")]


@pytest.mark.parametrize("form", ["--json", "--csv", "--quiet"])
@pytest.mark.parametrize("words", [("power",), ("analyse",), ("priors", "fit")], ids=" ".join)
def test_names_in_a_file_cannot_write_to_the_terminal(run, small, words, form):
    text = SMALL.replace("mueller-2024-response", SOURCE)
    for old in ("Two diseases, small", "SLE", "works"):
        text = text.replace(old, f'"{SPELT}"')
    small.write_text(text)
    data = small.with_name("d.csv")
    data.write_text("stratum,arm,n,responders\n" + "".join(ROWS))
    result = run(*words, small, *[data] * (words == ("analyse",)), form)
    assert "IIM" in result.stdout and not UNSEEN.search(result.output)
