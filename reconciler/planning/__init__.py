"""desired × live × inventory → plan.

Takes values, gives a `Plan` and the work behind it. Pure: no I/O, no clock, no system's name.
"""
