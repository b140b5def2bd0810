"""What `python -m <service>` does besides Django's own commands, a module each.

Each loads only what it needs: a server needs no Celery. Models are part of that, so none
can be loaded before Django is set up.
"""
