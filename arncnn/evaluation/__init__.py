"""How good a model is: metrics with intervals, corruptions, scans from elsewhere."""
