"""Measures how fast one worker process drains steps, and what it costs while idle.

`make bench NAME="outbox [COUNT]"`: the toy service of the kit's tests on a PostgreSQL
and a Redis of its own, and an SMTP server in this process. `note` is one row written with
the step's end; `send_mail` is a whole mail.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from dev.engines.postgres import Postgres
from dev.engines.redis import Redis
from dev.ports import free_port
from tests.support.engines import ENVIRONMENT, SECRETS, SETTINGS

START_S = 5
IDLE_S = 10
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
TOY = [sys.executable, "-m", "mesh.tests.toy"]
RATE = """
    SELECT count(*) / EXTRACT(EPOCH FROM max(done_time) - min(done_time))::float8
    FROM outbox_donestep WHERE kind = %s
"""


def main(count: int) -> None:
    with ExitStack() as stack:
        environment = stack.enter_context(engines())
        subprocess.run([*TOY, "migrate"], env=environment, check=True)
        database = stack.enter_context(
            psycopg.connect(environment["TEST_DATABASE_URL"], autocommit=True)
        )
        for kind in ("note", "send_mail"):
            subprocess.run([*TOY, "owe", kind, str(count)], env=environment, check=True)
            with worker(environment) as process:
                wait_until_drained(database)
                used_ms = cpu_s(process) / count * 1000
            (rate,) = database.execute(RATE, [kind]).fetchone() or (0,)
            print(f"{kind}: {rate:.0f} steps/s, {used_ms:.1f} ms of CPU each, start included")
        with worker(environment) as process:
            time.sleep(START_S)
            report_idle(process)


@contextmanager
def engines() -> Iterator[dict[str, str]]:
    """Runs all that the worker talks to; yields its environment."""
    smtp = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    smtp.start()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="market-") as folder,
            Postgres(Path(folder, "postgres"), port=0, durable=False) as postgres,
            Redis(Path(folder, "redis"), port=0, durable=False) as redis,
        ):
            yield {
                **os.environ,
                **ENVIRONMENT,
                **{name: name.lower().ljust(32, "-") for name in SECRETS},
                "DJANGO_SETTINGS_MODULE": SETTINGS["mesh"],
                "PYTHONPATH": os.pathsep.join([".", "generated/python"]),
                "TEST_DATABASE_URL": postgres.create("market_bench"),
                "REDIS_URL": redis.url,
                "SMTP_URL": f"smtp://127.0.0.1:{smtp.port}",
            }
    finally:
        smtp.stop()


@contextmanager
def worker(environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [*TOY, "worker-with-relay"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def wait_until_drained(database: "psycopg.Connection[tuple[float]]") -> None:
    query = "SELECT EXISTS (SELECT FROM outbox_step WHERE done_time IS NULL)"
    while database.execute(query).fetchone() == (True,):
        time.sleep(0.1)


def report_idle(process: "subprocess.Popen[bytes]") -> None:
    before = cpu_s(process)
    time.sleep(IDLE_S)
    used = (cpu_s(process) - before) / IDLE_S
    resident = (
        Path(f"/proc/{process.pid}/status").read_text().split("VmRSS:")[1].split("\n")[0].strip()
    )
    print(f"idle worker with relay: {used:.2%} of a core, {resident} resident")


def cpu_s(process: "subprocess.Popen[bytes]") -> float:
    """Returns the CPU time used so far, the start included."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000)
