"""What changes credentials or tries them, by what it is about."""
