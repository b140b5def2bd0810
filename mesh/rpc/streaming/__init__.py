"""Server-streaming RPCs: a client watches a thing and is sent what happens to it.

The promise
- A subscription gets every event of its key after the position that it names, in order, each
  once; then what happens as it happens, until an event is final or the time allowed ends.
  A stream that ends sooner (a restart, a subscription that does not read) is asked for again
  after the last event that arrived.
- Watchers hold no servicer thread: opening one takes a thread as a unary RPC does, inside
  the same interceptors; after that all subscriptions of a process share one thread, which
  listens (PostgreSQL's LISTEN), and one that sends.
- What was notified while the database was away is found by looking again.

Figures and reasons: docs/decisions/0012-watching.md.
"""
