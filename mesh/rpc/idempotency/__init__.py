"""Executes a repeated request once (AIP-155).

The promise: of all requests by one caller to one method under one `request_id`, one
takes effect, and each gets its response. The response is stored in the transaction of the
effect, so neither exists without the other; a request that failed leaves nothing behind and
may be sent again. Responses are kept for 24 hours.
"""
