"""Imports keep to the layers that setup.cfg draws."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

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
    code = "import trialdesign.design.library as it; print(it.PACKAGE.parent, len(it.library()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    folder, count = done.stdout.split()
    assert Path(folder) == tmp_path and int(count) == len(list((ROOT / "priors").glob("*.yaml")))


def test_every_folder_with_code_is_packaged():
    packaged = set(re.search(r"^packages =\n((?: {4}.*\n)+)", SETUP, re.MULTILINE)[1].split())
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "trialdesign").rglob("*.py")}
    assert packaged == {str(path).replace("/", ".") for path in folders} | {"trialdesign.library"}
