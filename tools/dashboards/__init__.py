"""Grafana's dashboards, said in the fewest words; `make gen` makes their JSON from it."""
