"""Inference: scans and images through a model, one or many."""
