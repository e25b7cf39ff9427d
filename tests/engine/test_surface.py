"""The public names: few, in order, all there, and none that costs anything before it is used."""

import subprocess
import sys

import headway


def test_the_surface_is_small_ordered_and_real() -> None:
    assert len(headway.__all__) <= 15
    assert headway.__all__ == sorted(headway.__all__)
    for name in headway.__all__:
        found = getattr(headway, name)
        assert found.__module__.startswith("headway."), name
        assert found.__doc__, name


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    assert not hasattr(headway, "nothing_of_the_kind")


def test_importing_the_package_imports_nothing_else_of_it() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, headway; print([n for n in sys.modules if n.startswith('headway.')])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "[]"
