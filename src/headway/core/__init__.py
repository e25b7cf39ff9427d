"""What Headway knows without touching anything: states, retries, progress, ids, errors.

Pure: no I/O, no asyncio, no clock of its own; time, randomness and ids are arguments. Every floor above may
call it.
"""
