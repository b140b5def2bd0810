"""A process that places one order, for tests that kill it: its argument is the request's id."""

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "order_service.settings")
    django.setup()
    from mesh.core.ids import uuid7
    from order_service.tests.placing import new_claim, placed

    placed(new_claim(sys.argv[1]), {"MUG": 2}, uuid7())
