"""Mail: written in the transaction that causes it, sent by the outbox.

The promise: a mail queued in a transaction is handed to the SMTP server at least once
after it commits, always under the same Message-ID, so that a mailbox can tell a repeat.
Rows hold whose mail it is and never an address: that is looked up when it is sent, and an
account that is gone by then gets none.
"""
