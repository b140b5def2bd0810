"""SIGTERM: the process drains for a second before uvicorn stops.

uvicorn by itself closes its socket at once, which cuts off connections that the kernel has
accepted, and refuses those of a load balancer that has not noticed yet.
"""

import asyncio
import signal
import threading

NOTICE_S = 1.0


class Shutdown:
    """`draining`: clients should connect elsewhere. `closing`: streams are to end."""

    def __init__(self) -> None:
        self.draining = False
        self.closing = asyncio.Event()

    def heed_signals(self) -> None:
        """Delays what SIGTERM does by the notice; SIGINT, typed at a terminal, is not delayed."""
        if threading.current_thread() is not threading.main_thread():
            return  # only the main thread can handle signals
        loop, stop = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)

        def give_notice() -> None:
            self.draining = True
            if callable(stop):
                loop.call_later(NOTICE_S, stop, signal.SIGTERM, None)

        loop.add_signal_handler(signal.SIGTERM, give_notice)
