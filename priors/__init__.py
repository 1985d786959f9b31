"""The published evidence and the ready priors that come with trialdesign, one YAML file each."""
