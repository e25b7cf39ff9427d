"""What an answer says: the options that it names, yes or no, or nothing. Called by scoring and by the rules."""

from collections.abc import Iterable

_YES_WORDS = frozenset({"yes", "y", "true", "1", "نعم", "oui"})
_NO_WORDS = frozenset({"no", "n", "false", "0", "لا"})


def chosen(given: str | list[str] | None, several: bool, options: Iterable[str] = ()) -> set[str]:
    """The options that an answer names: `BD`, `B, D` and `["B", "D"]` are the same two where several may be
    chosen. What is none of `options` stays, as a wrong answer."""
    if given is None:
        return set()
    ours = {option.casefold(): option for option in options}
    names = given if isinstance(given, list) else _split(given) if several else [given]
    if several and len(names) == 1 and names[0].isalnum() and names[0].casefold() not in ours:
        names = list(names[0])
    folded = (name.strip().casefold() for name in names)
    return {ours.get(name, name) for name in folded if name}


def is_blank(given: str | list[str] | None) -> bool:
    """Whether nothing was answered."""
    return not given or (isinstance(given, str) and not given.strip())


def yes_or_no(given: str | list[str] | None) -> bool | None:
    """What a yes-or-no answer says; None for a blank or for neither."""
    word = given.strip().casefold() if isinstance(given, str) else ""
    return True if word in _YES_WORDS else False if word in _NO_WORDS else None


def _split(text: str) -> list[str]:
    for sign in ",;|/+&":
        text = text.replace(sign, " ")
    return text.split()
