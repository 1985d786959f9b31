"""The designs that come with trialdesign: commented YAML, one file each.

`trialdesign init NAME` copies one of them.
"""
