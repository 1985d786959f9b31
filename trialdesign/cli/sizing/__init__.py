"""The commands that size a trial, one module per command.

Their library is `trialdesign.sizing`.
"""
