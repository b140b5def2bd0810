"""One open stream."""

from mesh.context import Call
from mesh.core.errors import DomainError
from mesh.watching.stream import Stream
from mesh.watching.watch import Event, Watch, Watched


class Watcher:
    """Used by one thread at a time. It is given events until it has an `outcome`."""

    def __init__(self, watch: Watch, watched: Watched, call: Call, stream: Stream) -> None:
        self.watch = watch
        self.call = call
        self.stream = stream
        self.key = watched.key
        self.after = watched.after  # the `seq` of the last event that was given
        self.outcome = ""
        self._ended = watched.ended

    def give(self, events: list[Event]) -> None:
        """Send those that it has not got; the client must read to let this return."""
        if self.outcome:
            return
        for event in events:
            if event.seq > self.after:
                self.stream.give(event.message)
                self.after = event.seq
                if event.final:
                    self.end("final")
                    return
        if self._ended:
            self.end("final")
        else:
            self.stream.say_waiting()

    def end(self, outcome: str) -> None:
        if not self.outcome:
            self.outcome = outcome
            self.stream.end()

    def fail(self, error: DomainError) -> None:
        if not self.outcome:
            self.outcome = error.reason
            self.stream.fail(error)

    def cut_off(self) -> None:
        """The client does not read: end it without telling, also while `give` waits for it."""
        self.outcome = "cut_off"
        self.stream.cut_off()
