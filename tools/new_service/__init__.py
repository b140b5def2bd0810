"""Adds a service to the mesh, or removes it: `make service NAME=inventory RESOURCE=item`."""
