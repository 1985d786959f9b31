"""Imports keep to the layers that setup.cfg draws."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

from trialdesign.specification.registry import kinds

ROOT = Path(__file__).parents[2]
SETUP = (ROOT / "setup.cfg").read_text(encoding="utf-8")


def test_an_import_points_down_only():
    code = (
        "import sys; from importlinter.cli import lint_imports; "
        "sys.exit(lint_imports(config_filename='setup.cfg', cache_dir=None, no_cache=True))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_text_for_users_speaks_of_the_project_alone():
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.*"), *ROOT.glob("trialdesign/shipped/*.yaml")]:
        assert "shared/" not in path.read_text(encoding="utf-8"), path


def test_a_checkout_that_is_not_installed_finds_its_evidence(tmp_path):
    for name in ("trialdesign", "priors"):
        (tmp_path / name).symlink_to(ROOT / name)
    code = "import trialdesign.design.library as it; print(it.PACKAGE.parent, len(it.evidence_names()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    folder, count = done.stdout.split()
    assert Path(folder) == tmp_path and int(count) == len(list((ROOT / "priors").glob("*.yaml")))


def test_every_folder_with_code_is_packaged():
    packaged = set(re.search(r"^packages =\n((?: {4}.*\n)+)", SETUP, re.MULTILINE)[1].split())
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "trialdesign").rglob("*.py")}
    assert packaged == {str(path).replace("/", ".") for path in folders} | {"trialdesign.library"}


ROOMS = ("endpoints", "borrowing", "discounting")
FAMILIES = "endpoints.time_to_event"  # a folder in a folder


def _kinds() -> set[str]:
    return {name for room in (*ROOMS, FAMILIES) for name in kinds(f"trialdesign.{room}")}


def _compared(tree: ast.AST) -> list[str]:
    """Return the texts that code compares with something, or looks for in something."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for side in (node.left, *node.comparators):
                found += [
                    each.value
                    for each in ast.walk(side)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                ]
    return found


def test_nothing_outside_its_folder_imports_a_kind_or_asks_for_one():
    names = _kinds() - {"power", "drift"}  # a command, and a figure of that name
    for path in (ROOT / "trialdesign").rglob("*.py"):
        room = path.relative_to(ROOT / "trialdesign").parts[0]
        if room in ROOMS or path.name == "survival.py":  # curves are kinds of truths, by like names
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        asked = {text for text in _compared(tree) if text in names}
        imported = {
            node.module
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.startswith(tuple(f"trialdesign.{each}." for each in ROOMS))
            and not node.module.rpartition(".")[2].startswith("_")
        }
        assert not asked and not imported, (path, asked, imported)


def test_the_scan_for_kinds_can_fail():
    assert "binary" in _kinds() and "weibull" in _kinds()
    assert _compared(ast.parse("if design.endpoint.kind in ('binary', 'count'): pass")) == [
        "binary",
        "count",
    ]


def test_rooms_are_small():
    """No folder holds more than fifteen modules, no module more than 250 lines, and each room says what
    lives in it."""
    package = ROOT / "trialdesign"
    for folder in (each for each in package.rglob("*") if each.is_dir() and each.name != "__pycache__"):
        modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(modules) <= 15, folder
        if (folder / "__init__.py").exists():
            assert len(ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))) > 40, folder
    for path in package.rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 250, path


def test_values_are_frozen():
    """A result that nothing can change needs no copy, and can be shared by threads.

    Two readers of data files collect, line by line, what they find.
    """
    open_to_change = set()
    for path in (ROOT / "trialdesign").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for decorator in getattr(node, "decorator_list", []):
                text = ast.unparse(decorator)
                if re.match(r"(dataclasses\.)?dataclass\b", text) and "frozen=True" not in text:
                    open_to_change.add(f"{path.name}: {node.name}")
    assert open_to_change == {"rows.py: Rows", "data_file.py: CsvTable"}
