"""Experiments: comparisons, classes left out, corrections learned, what speed costs."""
