"""The command line: a thin shell over the library, one module per command.

The table of commands is static, so that ``trialdesign --help`` imports none of them.
"""

from trialdesign.cli._shell import LazyGroup, show_version

COMMANDS = {
    "init": ("init", "Write a commented design file to start from, or list the designs there are."),
    "schema": ("schema", "Print the JSON Schema of design or evidence files, for an editor."),
    "power": ("power", "Compute what a design does under its scenarios: power, error rates, bias."),
    "assurance": ("assurance", "Compute success when the truth is drawn from the design prior."),
    "sample-size": ("sizing.sample_size", "Find the smallest size that keeps a target."),
    "calibrate": ("sizing.calibrate", "Find the probability threshold that controls an error."),
    "certify": ("sizing.certify", "Prove a bound on the type I error over the whole null region."),
    "compare": ("sizing.compare", "Show what differs between two designs, and what moves."),
    "follow-up": ("sizing.follow_up", "Find the shortest follow-up that keeps a target."),
    "events": ("events", "Date the events of a trial: the k-th, the last patient, the data cut."),
    "analyse": ("analyse", "Analyse one data set as the design plans it."),
    "priors": ("priors", "Show the published evidence that designs can name."),
}

cli = LazyGroup(
    "trialdesign",
    table=COMMANDS,
    help="Bayesian design of clinical trials that borrow strength across diseases.",
    epilog="`trialdesign COMMAND --help` explains a command.  DESIGN is a file, - for standard input, "
    "or the name of a shipped design, such as cart-three-diseases.",
    params=[show_version()],
)


def main() -> None:
    """Run the command line and exit with its status."""
    cli()
