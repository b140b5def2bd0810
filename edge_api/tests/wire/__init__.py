"""The edge as bytes on a socket see it: what HTTP libraries would not send, or not show."""
