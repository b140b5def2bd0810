"""The kit's toy service: enough of one to test the kit with."""
