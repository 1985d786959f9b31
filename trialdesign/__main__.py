"""Run the command line as ``python -m trialdesign``."""

from trialdesign.cli import main

main()
