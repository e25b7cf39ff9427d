"""What a person sees: pages, templates, style and scripts.

`pages.router` and `assets.Assets` are mounted by the server floor; `application.Application` is how an
application of the floor above says what its pages are. Everything that moves on a page comes through the
public API, so that a page knows no more than a program does.
"""
