"""Looks on a real Mac, without a panic, at what the tests can only rehearse: `make mac-check`.

Each check is a function that takes a Scene and returns a Result. What it changes it puts back.
Checks import panicpipe's own code, so that they try what will run; they are no part of the wheel.
"""
