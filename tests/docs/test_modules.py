"""Every module of the package is named by a test: imported there, or written out.

A file of tests names in its docstring those modules that it reaches through commands and results alone.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def modules() -> set[str]:
    """Return the modules that hold more than a docstring."""
    found = set()
    for path in (ROOT / "trialdesign").rglob("*.py"):
        if len(ast.parse(path.read_text(encoding="utf-8")).body) > 1:
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found.add(name.removesuffix(".__init__"))
    return found


def named(source: str) -> set[str]:
    """Return the modules that a file of tests imports, and those it writes out."""
    found = set(re.findall(r"\btrialdesign(?:\.\w+)+", source))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
    return found


def test_every_module_is_named_by_a_test():
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    names = set().union(*(named(path.read_text(encoding="utf-8")) for path in files))
    assert modules() <= names, sorted(modules() - names)


def test_names_of_modules_that_are_gone_are_noticed():
    """A docstring that names a module which is no longer there would be no test of anything."""
    there = {
        ".".join(p.relative_to(ROOT).with_suffix("").parts) for p in (ROOT / "trialdesign").rglob("*")
    }
    for path in (ROOT / "tests").rglob("test_*.py"):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        gone = set(re.findall(r"\btrialdesign(?:\.\w+)+", text)) - there
        assert not gone, (path, gone)


def test_the_scan_can_fail():
    assert "trialdesign.probability.grid" in modules() and "trialdesign.timeline" not in modules()
    assert named("from trialdesign.design import file\nimport trialdesign.cli") == {
        "trialdesign.design", "trialdesign.design.file", "trialdesign.cli",
    }  # fmt: skip
