"""Several hosts on one machine: what is lost, seen and kept when one of them goes."""
