"""Samples: what can be tried without a scan at hand."""
