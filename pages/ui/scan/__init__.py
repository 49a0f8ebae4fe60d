"""What one page of the section Scan shows."""
