"""SIGTERM: serve on for a moment, so that whoever sends requests here hears of it first.

uvicorn by itself closes its socket at once: what the kernel had accepted for it is then cut
off, and a load balancer that has not noticed yet is refused.
"""

import asyncio
import signal
import threading

NOTICE_S = 1.0


class Shutdown:
    """`soon`: no new connection should be made here. `now`: streams are to end."""

    def __init__(self) -> None:
        self.draining = False
        self.closing = asyncio.Event()

    def heed_signals(self) -> None:
        """Put the notice before what SIGTERM does; SIGINT, somebody at a terminal, has none."""
        if threading.current_thread() is not threading.main_thread():
            return  # Python gives signals to no other
        loop, stop = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)

        def give_notice() -> None:
            self.draining = True
            if callable(stop):
                loop.call_later(NOTICE_S, stop, signal.SIGTERM, None)

        loop.add_signal_handler(signal.SIGTERM, give_notice)
