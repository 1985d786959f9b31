"""One file a subject; Matplotlib is imported when a figure is drawn."""
