"""Mutated files, run through the command line within limits of time and memory.

    python -m fuzz.mutated_files FIRST LAST

prints one line of JSON for each seed, and runs in a process of its own because its limits are for good.
"""

from __future__ import annotations

import io
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

from fuzz.mutations import mutate, mutate_text

ORIGINALS = sorted((Path(__file__).parent / "originals").glob("*.yaml"))
SECONDS = 20.0  # of processor time
MEMORY = 2 * 1024**3  # bytes of this process
STATUSES = (0, 2, 3)
NOT_A_NUMBER = re.compile(r"(?<![\w.-])[+-]?(nan|inf)(?![\w-])", re.IGNORECASE)
# Of an assumed truth that is infinite, e.g. a ratio to controls that never respond.
MAY_BE_UNDEFINED = ("bias", "rmse", "coverage")
COMMANDS = ("priors fit",) * 10 + ("analyse", "power")  # most of the time is the latter two's
FORMS = ("--json", "--json", "--csv", "--quiet")


class TooLong(BaseException):
    """A case took more processor time than it may."""


def write_case(seed: int, folder: Path) -> list[str]:
    """Write the mutated files of a seed and return the words of the command that reads them."""
    rng = np.random.default_rng([12, seed])
    original = ORIGINALS[int(rng.integers(len(ORIGINALS)))]
    data = original.with_suffix(".csv").read_bytes()
    tree, kind = YAML(typ="safe").load(original.read_text(encoding="utf-8")), rng.random()
    uses = [use for component in tree["model"].values() for use in component.get("evidence", ())]
    apart, damaged = None, tree
    if uses and kind < 0.2:  # damage a file of evidence that the design names
        use = uses[int(rng.integers(len(uses)))]
        damaged, use["source"] = use["source"], "evidence.yaml"
        apart = damaged
    how = rng.random()
    raw = _text(mutate(damaged, rng)).encode("utf-8", "surrogatepass") if how < 0.85 else None
    if raw is None:
        whole = _text(damaged) if apart or rng.random() < 0.5 else original.read_text(encoding="utf-8")
        raw = mutate_text(whole, rng)
    command = str(rng.choice(COMMANDS))
    if apart is not None:
        (folder / "evidence.yaml").write_bytes(raw)
        raw = _text(tree).encode()
    elif command == "analyse" and rng.random() < 0.2:
        data, raw = mutate_text(data.decode(), rng), original.read_bytes()
    (folder / "design.yaml").write_bytes(raw)
    (folder / "data.csv").write_bytes(data)
    words = [*command.split(), "design.yaml", *["data.csv"] * (command == "analyse")]
    words += ["--trials", "20"] * (command == "power")  # however many the mutated file asks for
    if command == "power" and rng.random() < 0.7:
        words.append("--no-reference")
    if command == "power" and rng.random() < 0.2:
        words += ["--method", "simulation"]
    if command == "priors fit" and rng.random() < 0.1:
        words.append("--mixture")
    return [*words, str(rng.choice(FORMS))]


def _text(tree: object) -> str:
    out = io.StringIO()
    YAML(typ="safe").dump(tree, out)
    return out.getvalue()


def fault(status: int, stdout: str, stderr: str, words: list[str]) -> str | None:
    """Return what is wrong with how a command ended, or None."""
    if status not in STATUSES:
        return f"status {status}: {stderr[-300:]}"
    if status == 2 and not stderr.strip():
        return "refused without a word"
    found = NOT_A_NUMBER.search(stdout)
    if found:
        return f"prints {found[0]}"
    if "--json" in words and stdout:
        return _null(json.loads(stdout))
    if "--csv" in words and "power" in words:
        lines = [line for line in stdout.splitlines() if ",," in line]
        wrong = [line for line in lines if not any(f",{q}," in line for q in MAY_BE_UNDEFINED)]
        return f"prints nothing for {wrong[0]}" if wrong else None
    return None


def _null(document: dict) -> str | None:
    """Return where a document has no number in a row of results, or None."""
    for part in ("results", "without_borrowing", "posterior"):
        for row in document.get(part) or ():
            lost = [key for key, value in row.items() if value is None]
            if lost and row.get("quantity") not in MAY_BE_UNDEFINED:
                return f"no number in {part}: {row}"
    return None


def run(first: int, last: int) -> Iterator[dict]:
    """Yield what becomes of each seed: started, and ended with its status and fault."""
    from click.testing import CliRunner

    from trialdesign.cli import cli

    def stop(*_) -> None:
        raise TooLong

    signal.signal(signal.SIGPROF, stop)
    warnings.simplefilter("ignore")  # as the command line does
    folder = Path(tempfile.mkdtemp())
    os.chdir(folder)
    try:
        for seed in range(first, last):
            yield {"seed": seed}
            words = write_case(seed, folder)
            before = time.process_time()
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            try:
                result = CliRunner().invoke(cli, words)
                status = result.exit_code
                wrong = fault(status, result.stdout, result.stderr, words)
            except TooLong:
                status, wrong = None, f"more than {SECONDS:g} s"
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            took = time.process_time() - before
            yield {"seed": seed, "words": words, "status": status, "fault": wrong, "seconds": took}
    finally:
        os.chdir("/")
        shutil.rmtree(folder)


def limit_memory(most: int = MEMORY) -> None:
    """Let this process have so many bytes at most, what is mapped but not resident left out."""
    import matplotlib  # noqa: F401
    import pandas  # noqa: F401
    import scipy.optimize  # noqa: F401

    import trialdesign.cli.power  # noqa: F401

    total, resident, *_ = map(int, Path("/proc/self/statm").read_text().split())
    most += (total - resident) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    limit_memory()
    for line in run(int(sys.argv[1]), int(sys.argv[2])):
        print(json.dumps(line), flush=True)
