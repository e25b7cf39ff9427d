"""UUID version 7: RFC 9562, section 5.7."""

import re
import threading
import uuid
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from headway.core.ids import IdSource, new_id

FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_the_layout_is_that_of_the_rfc() -> None:
    ms = 1_645_557_742_000
    made = IdSource(clock=lambda: ms)()
    assert FORM.fullmatch(made)
    parsed = uuid.UUID(made)
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == ms
    assert made[:13] == "017f22e2-79b0"  # the example of the RFC, appendix A.6


def test_the_bits_behind_the_time_are_random() -> None:
    tails = {IdSource(clock=lambda: 5)()[14:] for _ in range(200)}
    assert len(tails) == 200


@given(st.lists(st.integers(-3, 3), max_size=200), st.binary(min_size=1, max_size=1))
def test_ids_rise_strictly_whatever_the_clock_does(steps: list[int], fill: bytes) -> None:
    """Standing still, going back, and with the least and the most that the entropy can say."""
    now = 1_000
    source = IdSource(clock=lambda: now, entropy=lambda n: fill * n)
    made = [source()]
    for step in steps:
        now += step
        made.append(source())
    assert all(FORM.fullmatch(text) for text in made)
    assert all(before < after for before, after in pairwise(made))


def test_a_millisecond_that_is_full_borrows_the_next() -> None:
    source = IdSource(clock=lambda: 7, entropy=lambda n: b"\xff" * n)
    source._tail, source._last_ms = (1 << 74) - 1, 7
    made = source()
    assert uuid.UUID(made).int >> 80 == 8
    assert source() > made


def test_ids_are_unique_and_rise_over_threads() -> None:
    source = IdSource(clock=lambda: 1)
    start = threading.Barrier(8)
    made: list[list[str]] = []

    def make() -> None:
        start.wait()
        made.append([source() for _ in range(2_000)])

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({text for one in made for text in one}) == 16_000
    assert all(one == sorted(one) for one in made)


def test_the_shared_source_is_of_now() -> None:
    assert FORM.fullmatch(new_id())
    assert new_id() < new_id()
