"""What is installed is used: each dependency is imported, or is one that another loads by its name."""

from __future__ import annotations

import ast
import configparser
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMPORTED_AS = {"ruamel.yaml": "ruamel"}
BY_NAME = {"h5netcdf": 'engine="h5netcdf"', "h5py": "h5netcdf"}  # and where it is named


def imported() -> set[str]:
    """Return the top-level names of all modules that the package imports."""
    found = set()
    for path in (ROOT / "trialdesign").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found


def test_every_dependency_and_every_extra_is_used():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = dict(setup["options.extras_require"])
    for tools in ("test", "docs", "dev"):  # of those who change the program
        extras.pop(tools)
    lines = "\n".join([setup["options"]["install_requires"], *extras.values()]).splitlines()
    lines = [line for line in lines if line.strip() and not line.strip().startswith("#")]
    names = {re.match(r"[\w.-]+", line)[0] for line in lines}
    wanted = {name: IMPORTED_AS.get(name, name.replace("-", "_")) for name in names - set(BY_NAME)}
    known = imported()
    assert not [name for name, module in wanted.items() if module not in known]
    text = "".join(path.read_text() for path in (ROOT / "trialdesign").rglob("*.py"))
    assert set(BY_NAME) <= names and all(named in text for named in BY_NAME.values())
