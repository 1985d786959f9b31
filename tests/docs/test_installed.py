"""The installed package, and the checkout that stands in its way where Python runs at its root."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return a folder with the package as `pip install .` lays it out: `package_dir` of setup.cfg."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "trialdesign", folder / "trialdesign")
    moved = re.search(
        r"^package_dir =\n((?: {4}.*\n)+)",
        (ROOT / "setup.cfg").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    for line in moved[1].splitlines():
        package, path = (part.strip() for part in line.split("="))
        shutil.copytree(ROOT / path, folder / package.replace(".", "/"))
    return folder


CALLS = {
    "notebook": (
        "-c",
        "import trialdesign as t; t.load_design('cart-three-diseases'); print(t.__file__)",
    ),
    "command": ("-m", "trialdesign", "priors", "show", "mueller-2024-response"),
}


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_an_installed_package_works_at_the_checkout_and_elsewhere(site, tmp_path, call):
    # Without `site`, whose .pth files would let an editable installation help out.
    dependencies = sysconfig.get_path("purelib")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), dependencies])}
    told = [
        subprocess.run(
            [sys.executable, "-S", *call],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for folder in (ROOT, tmp_path)
    ]
    if call is CALLS["notebook"]:  # the folder that Python runs in comes first
        assert [Path(text.strip()).parents[1] for text in told] == [ROOT, site]
    else:
        assert told[0] == told[1]


def test_a_source_distribution_holds_what_the_checkout_holds():
    """`python -m build --sdist` reads MANIFEST.in; packages and evidence are listed in setup.cfg."""
    lines = [line.split() for line in (ROOT / "MANIFEST.in").read_text(encoding="utf-8").splitlines()]
    taken = {path for command, *paths in lines if command in ("graft", "include") for path in paths}
    named = {"tests", "notebooks", "benchmarks", "docs", "priors", ".ci", "CHANGELOG.md"}
    assert named <= taken
    assert all((ROOT / path).exists() for path in taken)
