"""Imports keep to the layers that setup.cfg draws."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_an_import_points_down_only():
    code = (
        "import sys; from importlinter.cli import lint_imports; "
        "sys.exit(lint_imports(config_filename='setup.cfg', cache_dir=None, no_cache=True))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_text_for_users_speaks_of_the_project_alone():
    for path in [*ROOT.glob("*.md"), *ROOT.glob("trialdesign/shipped/*.yaml")]:
        assert "shared/" not in path.read_text(encoding="utf-8"), path
