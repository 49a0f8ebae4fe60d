"""The data: fetched, verified and packed once; then one memory-mapped array for everyone."""

from arncnn.data.dataset import Dataset
from arncnn.data.mednist import Standing, load, prepared, standing

__all__ = ["Dataset", "Standing", "load", "prepared", "standing"]
