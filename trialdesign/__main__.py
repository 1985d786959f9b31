"""Run the command line as ``python -m trialdesign``."""

from .cli import main

main()
