"""The commands of `python -m <service>` besides Django's own, a module each.

Each loads only what it needs: a server needs no Celery. Models are part of that, so none
can be loaded before Django is set up.
"""
