"""The systems' APIs on loopback, to try Reconciler and to test against.

Takes a port, seeds and faults; gives servers that answer as the real ones were observed to answer.
It imports no other module of Reconciler, holds no secret worth keeping, and never listens off loopback.
"""
