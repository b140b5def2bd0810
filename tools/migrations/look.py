"""`python -m tools.migrations.look SERVICE`: on an empty database, which it migrates."""

import os
import sys

import django

from tools.migrations.rules import refused
from tools.migrations.written import migrate_and_write

REMEDY = "see docs/decisions/0034-migrations.md, or accept it in the migration for a reason"


def main(service: str) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{service}.settings"
    django.setup()
    lines = [line for each in migrate_and_write("mesh.", f"{service}.") for line in refused(each)]
    for line in lines:
        print(f"{service}: {line}; {REMEDY}")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
