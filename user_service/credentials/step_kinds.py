"""The kinds of the outbox steps that credentials enqueue."""

RESET_PASSWORD = "reset_password"  # noqa: S105  # the kind of a step
