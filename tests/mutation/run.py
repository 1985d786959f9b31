"""Run the fast tests against mutants, each by the tests that cover its lines; README.md tells how."""

from __future__ import annotations

import argparse
import ast
import json
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest
from coverage import CoverageData
from draw import ROOT, drawn

# Imported once, before the forks; the package itself is imported anew for each mutant.
HEAVY = (
    "scipy.stats scipy.optimize pandas xarray pydantic rich.console hypothesis pymc matplotlib.pyplot"
)


def statement(source: str, line: int) -> range:
    """Lines of the innermost statement about a line; of a compound one, those of its head."""
    best = range(line, line + 1)
    for node in ast.walk(ast.parse(source)):  # outer statements come first
        if isinstance(node, ast.stmt) and node.lineno <= line <= node.end_lineno:
            body = getattr(node, "body", None)
            inner = body and body[0].lineno > line
            best = range(node.lineno, body[0].lineno if inner else node.end_lineno + 1)
    return best


def seconds_of_tests(junit: Path) -> dict[str, float]:
    """How long each test that passed took."""
    times = {}
    for case in ElementTree.parse(junit).iter("testcase"):
        if not len(case):  # neither failed nor skipped
            file = re.match(r"(tests\.)[\w.]*?\btest_\w+", case.get("classname"))[0].replace(".", "/")
            times[f"{file}.py::{case.get('name')}"] = float(case.get("time"))
    return times


class Covering:
    """Which tests cover a line, those that cost least first, five of a file in each turn."""

    def __init__(self, data: Path, junit: Path):
        self.times, self.data = seconds_of_tests(junit), CoverageData(str(data))
        self.data.read()
        self.by_module = {f: self.data.contexts_by_lineno(f) for f in self.data.measured_files()}

    def tests(self, module: str, line: int) -> list[str]:
        lines = next(c for f, c in self.by_module.items() if f.endswith("/" + module))
        near = statement((ROOT / module).read_text("utf-8"), line)
        found = self._named(lines, near) or self._named(
            lines, lines
        )  # run at import: any use of the module
        turn: dict[str, int] = {}
        rank = {}
        for test in sorted(found, key=lambda t: self.times[t]):
            file = test.partition("::")[0]
            turn[file] = turn.get(file, -1) + 1
            rank[test] = (turn[file] // 5, self.times[test])
        return sorted(found, key=rank.get)

    def _named(self, lines: dict, which) -> set[str]:
        return {c.partition("|")[0] for k in which for c in lines.get(k, ())} & self.times.keys()


class Chosen:
    """Keep the chosen tests in their order, and stop when the time is up."""

    def __init__(self, tests: list[str], seconds: float):
        self.rank, self.end = {t: i for i, t in enumerate(tests)}, time.time() + seconds
        self.killer, self.run = None, 0

    def pytest_collection_modifyitems(self, items):
        items[:] = sorted((i for i in items if i.nodeid in self.rank), key=lambda i: self.rank[i.nodeid])

    def pytest_runtest_logreport(self, report):
        self.run += report.when == "call"
        if report.failed:
            self.killer = report.nodeid

    def pytest_collectreport(self, report):
        if report.failed:
            self.killer = report.nodeid

    def pytest_runtest_teardown(self, item):
        item.session.shouldstop = time.time() > self.end and "time is up"


def _pytest(tests: list[str], seconds: float, answer) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    chosen = Chosen(tests, seconds)
    files = list(dict.fromkeys(t.partition("::")[0] for t in tests))
    told = "ignore::pytest.PytestAssertRewriteWarning"  # of what is imported already
    pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-W", told, *files], plugins=[chosen])
    answer.send((chosen.killer, chosen.run))


def outcome(tests: list[str], seconds: float) -> tuple[str | None, int]:
    """The test that failed, or None, and how many ran; a run without an end counts as noticed."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    child = fork.Process(target=_pytest, args=(tests, seconds, there))
    child.start()
    there.close()
    done = here.poll(seconds + 60)
    result = here.recv() if done else ("no end", 0)  # EOFError: pytest itself failed, which says nothing
    child.kill()
    child.join()
    return result


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("data", type=Path, help="coverage data with a context a test")
    read.add_argument("junit", type=Path, help="the same run's JUnit file")
    read.add_argument(
        "out", type=Path, help="a JSON line a mutant; those that it holds are not run again"
    )
    read.add_argument("--seed", type=int, default=1)
    read.add_argument("--count", type=int, default=200)
    read.add_argument("--seconds", type=float, default=60, help="time for the tests of one mutant")
    to = read.parse_args()
    covering, done = (
        Covering(to.data, to.junit),
        to.out.read_text().splitlines() if to.out.exists() else [],
    )
    mutants = list(drawn(Random(to.seed), to.count))[len(done) :]
    tree = Path(tempfile.mkdtemp(prefix="mutants-")) / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", "__pycache__"))
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    os.environ["PYTHONPATH"], os.environ["PYTHONDONTWRITEBYTECODE"] = str(tree), "1"
    sys.dont_write_bytecode = True
    for name in HEAVY.split():
        import_module(name)
    for module, line, operator, occurrence, text in mutants:
        tests, began = covering.tests(module, line), time.time()
        original = (tree / module).read_text("utf-8")
        (tree / module).write_text(text, "utf-8")
        killer, run = outcome(tests, to.seconds) if tests else (None, 0)
        (tree / module).write_text(original, "utf-8")
        now = text.splitlines()[line - 1].strip()
        found = dict(
            module=module, line=line, operator=operator, occurrence=occurrence, killer=killer,
            was=original.splitlines()[line - 1].strip(), now=now,
            covering=len(tests), run=run, seconds=round(time.time() - began, 1),
        )  # fmt: skip
        with to.out.open("a") as file:
            print(json.dumps(found), file=file)
        print(
            "noticed " if killer else "SURVIVED",
            f"{module}:{line}  {found['was']}  ->  {now}",
            flush=True,
        )


if __name__ == "__main__":
    main()
