"""What tests of the command line share: a runner, and small designs as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trialdesign.cli import cli

SMALL = """\
title: Two diseases, small
strata: [SLE, IIM]
arms: {control: standard of care, treatment: new}
endpoint: {kind: binary}
sample_size: {control: 4, treatment: {SLE: 6, IIM: 5}}
model:
  control:
    strata: {kind: independent, prior: {dist: Normal, mu: -1, sigma: 1}}
  treatment:
    strata: {kind: pooled, prior: {dist: Normal, mu: 0, sigma: 2}}
    evidence:
      - source: mueller-2024-response
        discount: {kind: robust, weight: 0.5, vague: {dist: Normal, mu: 0, sigma: 2}}
decision:
  - {estimand: difference, greater_than: 0.1, probability: 0.9}
scenarios:
  - {name: "null", control: 0.2, treatment: 0.2}
  - {name: works, control: 0.2, treatment: {SLE: 0.8, IIM: 0.2}}
simulation: {trials: 200, seed: 1}
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs a command in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str, status: int = 0, **settings) -> Result:
        result = CliRunner().invoke(cli, [str(each) for each in arguments], **settings)
        assert result.exit_code == status, result.output + repr(result.exception)
        return result

    return command


@pytest.fixture
def small(tmp_path) -> Path:
    """Return the path of a small design that borrows."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture
def document(run):
    """Return a function that runs a command and reads the one document that it prints."""

    def read(*arguments: str, **settings) -> dict:
        return json.loads(run(*arguments, "--json", **settings).stdout)

    return read
