"""Who may: the local account and its token, browser sessions, request forgery checks, watch links.

Called by `http`, `web` and `server`; stands on `store`. Nothing here reads a request object: callers hand
over headers.
"""
