"""Runs localstripe on the loopback, on the port given, with its state in memory."""

import sys

from aiohttp import web
from localstripe.resources import Store
from localstripe.server import app

if __name__ == "__main__":
    Store.dump_to_disk = lambda _: None  # it would share one file with every other run
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
