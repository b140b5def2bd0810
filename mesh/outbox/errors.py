"""The errors of steps, some of which a handler raises to say what should happen next."""


class NotInTransaction(Exception):
    """A step was enqueued outside a transaction, where it could outlive its cause."""


class LeaseLost(Exception):
    """Another worker has taken the step over; what this one did is rolled back."""


class Park(Exception):
    """Raised by a handler that will never succeed: the step waits for an operator.

    The reason is kept and logged, so it holds no personal data.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RetryLater(Exception):
    """Raised by a handler that has to wait: not a failure, so it does not lead to parking."""

    def __init__(self, delay_s: float) -> None:
        super().__init__(f"in {delay_s} s")
        self.delay_s = delay_s
