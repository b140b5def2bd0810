"""The kit as wheels, for other projects: `make wheels`."""
