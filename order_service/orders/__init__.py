"""Orders, from placing to their end.

The promise: an order that was answered comes to rest, whatever is killed and whenever.
CONFIRMED when its payment was captured, and FULFILLED when it was handed over; CANCELLED
when nothing was taken, REFUNDED when all that was taken was paid back. In these two its
stock is back, once; each of the four has its mail, once.

How: an order moves by the table of `states` and in one place (`actions.transition`), with its
event, its mail and its stock, in the transaction of the cause. In PENDING and CANCELLING,
where none may stay, that transaction also enqueues the outbox step that leads out: the charge,
or the void. Both name the same request however often they are run, and the payment
service returns the one outcome of that request. Steps of an order have their turns, so a void comes
after the charge; a charge that outlived its turn (a paused worker) is refused by the
payment service, and the lease that it lost keeps its answer from being recorded. A
sweeper gives up charges without an outcome past a limit, and enqueues steps that got lost.
"""
