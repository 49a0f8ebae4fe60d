"""Uploads: what people gave, on the disk until it has been read."""
