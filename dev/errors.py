class CannotRun(Exception):
    """Something that the local run needs is not to be had; the text is one line."""
