"""How good a model is: metrics with intervals, corruptions, external scans."""
