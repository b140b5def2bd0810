"""Each service's pages for staff: Django's admin, on an internal port.

The promise
- Whoever is let in is staff of the market: signed in by the RPC that the contract binds to
  `/api/auth/token`, with one of the scopes that this service's RPCs ask for. Once a minute
  the account is asked about again: locked, or its session revoked, it is out.
- Pages show rows and change none. What changes them are row_actions, which call the functions
  that the RPCs call.
- Each row_action is in the audit trail, in the transaction of its effect; so is one that was
  refused. Entries are only ever added.

No password and no name is kept here. The cookie is kept as a digest and what belongs to it
encrypted, so a stolen database lets nobody in.
"""
