"""HTTP itself: what a connection may take, bodies in, responses out, and how it ends.

`protocol` and `request_body` limit what comes, `response_writer` sends, `cors` admits pages
of other origins, `request_id` and `client_address` say which request and whose, `shutdown`
ends a process without cutting anyone off.
"""
