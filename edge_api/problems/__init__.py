"""Every error as a problem document (RFC 9457), with the HTTP status of its code."""
