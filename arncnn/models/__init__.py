"""Models: a folder of files that is proven before it is used, and what it remembers."""
