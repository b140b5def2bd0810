"""Mail: written in the transaction that causes it, sent by the outbox.

The promise: a mail queued in a transaction is handed to the SMTP server at least once
after it commits, always under the same Message-ID, so that a mailbox can tell a repeat.
Rows hold whose mail it is and not an address: that is looked up when it is sent, and an
account that is gone by then gets none. What must reach an address that the account may have
left by then holds it encrypted until it is sent.

To an address that nobody verified goes nothing that a user wrote, and no more mails an hour
than MAIL_UNVERIFIED_PER_HOUR: anybody can have named it.
"""
