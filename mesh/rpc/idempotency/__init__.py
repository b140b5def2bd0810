"""A request sent twice is done once (AIP-155).

The promise: of all requests by one caller to one method under one `request_id`, one
takes effect, and each gets its answer. The answer is stored in the transaction of the
effect, so neither exists without the other; one that failed leaves nothing behind and may
be sent again. Kept for 24 hours.
"""
