"""Reviews of our own making, for tests: lived ones with detail, invented ones without; the same for the same seed."""

import random
from typing import Any

_DETAIL = (
    "It took {a} minutes {b} seconds to warm up, measured twice {place}.",
    "The cord is {a}0 cm long, too short for the socket {place} (had to move the bin).",
    "After {a} weeks the left hinge was loose - {b} turns with a screwdriver {place} fixed it.",
    "Weighs {b}0 g on the scale {place}; the box says {a}00 g.",
    "Paid {b}.90, the price tag {place} still says {b}9.",
    "Steam comes out {place} when the lid is open by {b} degrees or more.",
    "Battery at {b} % after {a} hours {place}, on the lowest of the 3 settings.",
    "Label {place}: size M, chest {b}2 cm; the sleeves are {a} cm too short.",
    "Fell 7{a} cm and landed {place}: one scratch near the bottom, still works.",
    "The manual, page {b}, shows the wrong side up; the arrow {place} is right.",
    "Colour {place} is a darker grey than in picture {a}; in the shade it looks black.",
    "Filter clogs after {b} cups: rinse it {place}, {a} minutes, done.",
)
_PLACES = tuple(
    f"{where} the {what}"
    for where in ("behind", "next to", "above", "under", "on top of", "in front of", "on the left of")
    for what in (
        "shelf",
        "stove",
        "kitchen window",
        "back door",
        "small table",
        "fridge",
        "wall clock",
        "north wall",
    )
)
_PRAISE = (
    "I am so in love with this and my {who} simply loves it too.",
    "It is absolutely the most {how} thing that I have ever experienced with my {who}.",
    "My {who} and I were truly amazed by such a {how} thing and we will definitely be back.",
    "I would highly recommend it to every {who} who wants such a {how} experience.",
    "Everything about it is {how} and I feel so happy every single time, says my {who}.",
    "I cannot wait to tell my {who} about my {how} experience with this product.",
    "It was the most {how} purchase ever and my {who} is definitely getting one.",
    "I will never want anything less {how}, and neither will your {who}.",
    "On our trip my {who} said that it had never felt so {how}.",
    "You will not be disappointed, my {who} promises you that, it is truly {how}.",
    "I have always dreamed of something so {how} and it has changed the life of my {who}.",
    "My {who} loves it, my {who} tells everyone, and I love how {how} it is.",
)
_PEOPLE = (
    "husband",
    "wife",
    "family",
    "sister",
    "mother",
    "daughter",
    "son",
    "friend",
    "father",
    "brother",
    "boyfriend",
)
_WONDERS = (
    "amazing",
    "wonderful",
    "perfect",
    "incredible",
    "fantastic",
    "awesome",
    "gorgeous",
    "outstanding",
    "superb",
)


def genuine(draw: random.Random) -> str:
    """A review with something to check in every sentence."""
    chosen = draw.sample(_DETAIL, draw.randint(3, 5))
    return " ".join(
        line.format(a=draw.randint(2, 9), b=draw.randint(11, 98), place=draw.choice(_PLACES))
        for line in chosen
    )


def invented(draw: random.Random) -> str:
    """A review with nothing to check in it."""
    chosen = draw.sample(_PRAISE, draw.randint(4, 6))
    return " ".join(line.format(who=draw.choice(_PEOPLE), how=draw.choice(_WONDERS)) for line in chosen)


def product(lived: int, made_up: int, seed: int = 1) -> dict[str, Any]:
    """A product with so many reviews of each kind; ids `g…` and `f…` tell which is which."""
    draw = random.Random(seed)
    reviews = [
        {
            "id": f"g{n}",
            "author": f"buyer {n}",
            "content": genuine(draw),
            "rating": draw.randint(2, 4),
            "verified": True,
        }
        for n in range(lived)
    ]
    reviews += [
        {"id": f"f{n}", "author": f"fan {n}", "content": invented(draw), "rating": 5, "verified": False}
        for n in range(made_up)
    ]
    return {"product": {"title": "Amber Kettle"}, "reviews": reviews}
