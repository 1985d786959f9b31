"""The designs that come with trialdesign: commented YAML, one file each."""
