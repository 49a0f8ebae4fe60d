"""The data: fetched, verified and packed once; then one memory-mapped array for everyone."""

from arncnn.data.dataset import Dataset
from arncnn.data.mednist import load, prepared

__all__ = ["Dataset", "load", "prepared"]
