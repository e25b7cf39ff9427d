"""What tests and people who try things need beside the product: `upstream`, a server that plays an AI
provider.

Imported by tests and by `headway fake-ai`; nothing else knows it.
"""
