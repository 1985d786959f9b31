"""The public names: all there, all documented, enough for every notebook, and nothing heavy."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import trialdesign
from trialdesign import figures
from trialdesign.design.result import Result

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
FROM = ("trialdesign", "trialdesign.figures")  # what a notebook imports from


@pytest.mark.parametrize("name", trialdesign.__all__)
def test_a_public_name_is_imported_found_and_documented(name):
    thing = getattr(trialdesign, name)
    assert name in dir(trialdesign)
    assert f"`{name}`" in PAGE or f"`trialdesign.{name}`" in PAGE
    assert name == "__version__" or thing.__doc__


@pytest.mark.parametrize("name", figures.__all__)
def test_a_figure_is_imported_found_and_documented(name):
    assert name in dir(figures) and f"`{name}`" in PAGE
    assert getattr(figures, name).__doc__


@pytest.mark.parametrize("path", re.findall(r"autoclass:: (\S+)", PAGE))
def test_a_result_on_the_page_is_one(path):
    module, _, name = path.rpartition(".")
    assert issubclass(getattr(import_module(module), name), Result)


def test_every_figure_of_the_report_is_in_the_namespace():
    drawn = set()
    for path in (ROOT / "trialdesign" / "report" / "figures").glob("*.py"):
        if path.stem not in ("__init__", "style"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            own = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
            drawn |= {each.name for each in own if each.name[0] != "_" and _returns_axes(each)}
    assert drawn == set(figures.__all__)


def _returns_axes(function: ast.FunctionDef) -> bool:
    """Return whether a function ends in ``return figure, axes``, or in a call of one that does."""
    last = function.body[-1]
    if not isinstance(last, ast.Return):
        return False
    if isinstance(last.value, ast.Call):
        return ast.unparse(last.value.func) == "_ladders"
    return isinstance(last.value, ast.Tuple) and ast.unparse(last.value.elts[0]) == "figure"


def test_a_name_that_is_not_public_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'borrow'"):
        trialdesign.borrow  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'pie'"):
        figures.pie  # noqa: B018


def test_the_namespaces_load_nothing_heavy():
    code = (
        "import sys, trialdesign, trialdesign.figures as f; dir(trialdesign); dir(f); f.forest; "
        "print(*{'matplotlib', 'pymc', 'pandas', 'panel'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def imports(notebook: Path) -> set[str]:
    """Return the modules of this package from which a notebook imports."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom):
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.partition(".")[0] == "trialdesign"}


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_a_notebook_needs_no_more_than_the_public_names(path):
    assert imports(path) and imports(path) <= set(FROM)
