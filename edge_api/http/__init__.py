"""HTTP itself: connections and their limits, request bodies, responses, shutdown.

`protocol` and `request_body` limit what is received, `response_writer` sends, `cors` permits
pages of other origins, `request_id` and `client_address` identify a request and its client,
`shutdown` ends a process without cutting off requests.
"""
