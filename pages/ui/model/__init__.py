"""What one page of the section Model shows."""
