"""The product application: a product's reviews, which of them to believe, and what they say. Called by the
engine, routes and pages."""
