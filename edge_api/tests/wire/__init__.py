"""The edge by bytes on a socket, which HTTP libraries would not send or not show."""
