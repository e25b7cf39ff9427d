"""The novel application: a French novel's PDF to short, normalised sentences. Called by engine, routes,
pages.
"""
