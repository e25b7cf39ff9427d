"""What a program sees: routes, problems, live watching.

Called by `server` (which builds the ASGI application out of `build_api`) and by the applications' own routes,
which use the helpers of `bodies`, `problems` and `submission`. Stands on `accounts` and `engine`; knows no
page.
"""
