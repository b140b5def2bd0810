"""Pages for people: how they are served, and the one at `/`."""
