"""How Headway reaches those who are not looking: e-mail (`mail`, `smtp`) and webhooks (`delivery`, `signing`, `outbound`).

Both are jobs of internal kinds, so that they survive a crash and are tried again. Called by `http` and `server`; stands on
`engine`; knows nothing of `accounts`.
"""
