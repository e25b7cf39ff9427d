"""Measurements of Headway beside its peers and ceilings; `make bench` runs them all.

`run.py` is the way through: every run measures each *side* once (Headway, a bare loop over Headway's own
tables, Celery), each from an empty database, so that whatever the machine does meanwhile falls on all of
them alike. `measures.py` says what is measured, one file a side says how, `report.py` writes the tables.
Nothing in here is imported by the product.
"""
