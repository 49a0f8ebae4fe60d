"""What two pages or more show, one file a component."""
