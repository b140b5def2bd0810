"""The toy service as processes, for tests that kill them and benchmarks.

`python -m mesh.tests.toy worker | worker-with-relay | relay | migrate | owe KIND COUNT`
"""

import sys

import django
from django.core.management import call_command

from mesh.outbox.celery import make_app, run_relay, run_worker
from mesh.telemetry import logs

django.setup()

from mesh.tests.toy import enqueueing  # noqa: E402  # models can be imported from here on

command = sys.argv[1]
logs.configure("toy", role=command)
if command == "migrate":
    call_command("migrate", run_syncdb=True, verbosity=0)
elif command == "owe":
    enqueueing.enqueue_many(kind=sys.argv[2], count=int(sys.argv[3]))
elif command == "relay":
    run_relay(make_app("toy"))
else:
    run_worker(make_app("toy"), concurrency=4, with_relay=command == "worker-with-relay")
