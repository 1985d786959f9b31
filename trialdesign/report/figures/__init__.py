"""Figures: one file per subject.

Matplotlib is imported when a figure is drawn.
"""
