"""Server-streaming RPCs, which send a client the events of what it watches.

The promise
- A subscription gets every event of its key after the position that it names, in order, each
  once; then new events as they happen, until an event is final or the deadline comes.
  A client whose stream ends sooner (a restart, a client that does not read) subscribes again
  after the last event that it received.
- Subscriptions hold no servicer thread: opening one takes a thread as a unary RPC does, inside
  the same interceptors; after that all subscriptions of a process share one thread, which
  listens (PostgreSQL's LISTEN), and one that sends.
- Events of the time when the database was away are read once it is back.

Figures and reasons: docs/decisions/0012-watching.md.
"""
