"""The data: fetched, verified and packed once; then one memory-mapped array for everyone."""

from arncnn.data.dataset import Dataset
from arncnn.data.mednist import DataAvailability, availability, load, prepared

__all__ = ["DataAvailability", "Dataset", "availability", "load", "prepared"]
