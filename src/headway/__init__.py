"""Headway runs slow AI work behind a web application: durable, watched live, never paid twice."""

__version__ = "0.1.0"
