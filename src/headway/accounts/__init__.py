"""Who may. `people` finds who asks, `members` is what they can do (`joining`: become one); `sessions` and `access_tokens` are
what they ask by, `passwords` and `google` how they prove who they are, `export` and `erasing` how they leave. `keys`: the secrets
of the data directory; `watchlinks`: links that need no account; `credits`: what somebody has to spend.

Called by `http`, `web`, `cli` and `server`; stands on `store` and `engine`. Nothing here reads a request object: callers hand over
headers.
"""
