"""One page a result, one file a section."""
