"""The use case: a file is opened, read, matched, kept, and opened again."""
