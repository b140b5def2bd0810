"""The kinds of the outbox steps that payments enqueue."""

FINISH_REFUND = "finish_refund"
FINISH_VOID = "finish_void"
RECONCILE_EVENT = "reconcile_event"
REPORT_REFUND = "report_refund"
