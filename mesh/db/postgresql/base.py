import select
import time

from django.db.backends.postgresql import base

# For so long nothing between PostgreSQL and here forgets a connection without saying so.
TRUSTED_IDLE_S = 10.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, which looks at a connection's socket before it asks PostgreSQL anything."""

    _last_check = float("-inf")

    def is_usable(self) -> bool:
        """Returns whether the connection works, as far as that can be known.

        An open connection on which nothing has arrived works: when PostgreSQL ends one, or
        its machine closes it, that arrives. On any input, and after a long idle time, PostgreSQL
        is asked, which costs a round trip.
        """
        now = time.monotonic()
        trusted, self._last_check = now - self._last_check < TRUSTED_IDLE_S, now
        return (trusted and self._is_quiet()) or super().is_usable()

    def _is_quiet(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)
