"""Steps: work enqueued by a committed transaction, done at least once.

The promise
- A step recorded in a transaction is run after that transaction commits, and never when
  it rolls back, whatever process, engine or network fails in between.
- It may run more than once. `StepContext.finishing()` and `finish_with()` join its effect
  and its end in one transaction, so that only one run of a step ever takes effect in the
  database.
- Steps of one key run one at a time, in the order in which they were recorded. A parked
  step holds back the steps after it until an operator replays it.

How: the database holds the truth, and a Celery message only wakes a worker. The relay
enqueues the ids of steps that are due, again and again until they are done; a worker
acquires a step under a lease, runs its handler, and ends the step only while it holds the
lease, by moving it to the table of those done. All times are the database's. A parked step
is what other queues call dead-lettered.
"""
