"""Run commands of the package that is first on the path; print their JSON, one document a line."""

import json
import sys

from click.testing import CliRunner

from trialdesign.cli import cli

for words in json.loads(sys.stdin.read()):
    done = CliRunner().invoke(cli, words)
    if done.exit_code:
        sys.exit(f"{words}: exit status {done.exit_code}\n{done.output}{done.exception!r}")
    print(json.dumps(done.stdout))
