"""The chaos suite: every fault that the mesh promises to survive, under load, then checked.

`python -m tests.chaos` (`make chaos`). Each fault is injected into a running mesh while
buyers keep a history of what they asked and what they were told; once it is healed and
all has come to rest, the history is held against every database and the mailbox:

I1  what was answered with 201 exists, once for each key
I2  at most one net capture an order, and none without an order that stands for it;
    the ledger, the orders and the provider's snapshot agree
I3  every order at rest has its mail, and every mail arrived under one Message-ID
I4  no 5xx but 503 and 504 with Retry-After (and in a rolling restart not those either)
I5  every answer within its deadline and 250 ms
I6  at rest nothing is pending or parked, and the stock adds up
I7  what an order says was refunded is what its payment's ledger paid back, and an order is
    REFUNDED if and only if that is all of it and nothing was handed over
"""
