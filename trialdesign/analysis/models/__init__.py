"""Models: what data make of a design's parameters, arms on their own or as a contrast."""
