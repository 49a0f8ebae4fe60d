"""What one page of the section Operate shows."""
