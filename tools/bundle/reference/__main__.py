"""Writes the pages of a descriptor set: `python -m tools.bundle.reference SET FOLDER`."""

import os
import sys
from pathlib import Path

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edge_api.settings")
    django.setup()
    from tools.bundle.reference.pages import write_pages  # DRF, below it, needs the settings

    write_pages(Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]))
