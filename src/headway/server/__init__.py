"""Starts the web: builds the ASGI application out of the floors below, and runs it, alone or with a worker.

Called by `cli` (`serve`, `up`) and by tests. `create_app` is what any other ASGI server may be given.
"""
