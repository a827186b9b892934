"""Says numbers of things as people do.

Takes a number and a noun, gives text. Pure: no I/O, no clock.
"""


def counted(number: int, noun: str) -> str:
    """Give `1 object`, `3 objects`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
