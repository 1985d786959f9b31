"""One page per result, one file per section."""
