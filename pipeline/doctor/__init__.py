"""One look at everything that must be right for dumps to arrive, be kept and be told of.

Values are gathered first, each with a time limit; what they mean is decided by pure functions. The
doctor changes nothing, starts nothing that stays, and no fault of the machine ends it.
"""
