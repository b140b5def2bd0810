"""Orders, from placing to their end.

The promise: an order that was answered comes to rest. It is CONFIRMED when its payment
was captured, CANCELLED with its stock back when the payment was declined, and either end
has its mail. How: placing an order owes a `charge_order` step in the same transaction;
the step asks for the payment under an id derived from the order's, so that however often
it is run there is one charge, and records the outcome together with its own end.
"""
