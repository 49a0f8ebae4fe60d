"""The resident process between an archive and the house: takes scans in, has them read, answers."""
