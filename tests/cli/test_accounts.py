"""`accounts list|add|invite|reset|disable|enable|role|grant`."""

import re

import pytest
from tests.cli.harness import Command

ANN = "ann@example.org"


@pytest.fixture
def with_ann(migrated: Command) -> Command:
    assert migrated("accounts", "add", ANN, "--name", "Ann").code == 0
    return migrated


def listed(command: Command) -> dict[str, object]:
    (ann,) = [each for each in command("accounts", "list", "--json").json if each["email"] == ANN]
    found: dict[str, object] = ann
    return found


def test_an_account_is_added_and_listed(with_ann: Command) -> None:
    ann = listed(with_ann)
    assert (ann["name"], ann["role"], ann["disabled"]) == ("Ann", "user", False)
    titles, *rows = with_ann("accounts", "list").out.splitlines()
    assert titles.split() == ["id", "e-mail", "name", "role", "state"]
    assert any(ANN in row for row in rows)


def test_what_is_added_is_a_link_to_set_a_password(with_ann: Command) -> None:
    answer = with_ann("accounts", "reset", ANN)
    assert answer.code == 0
    assert answer.out.startswith("http://127.0.0.1:8000/reset?key=")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["add", ANN], "There is an account with this e-mail address"),
        (["add", "nonsense"], "email: Must be an e-mail address"),
        (["reset", "bob@example.org"], "there is no account bob@example.org"),
        (["invite", "bob@example.org"], "registration is closed"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_in_one_line(with_ann: Command, words: list[str], why: str) -> None:
    answer = with_ann("accounts", *words)
    assert answer.code == 1
    assert why in answer.err
    assert len(answer.err.splitlines()) == 1


def test_an_account_is_disabled_enabled_and_made_an_operator(with_ann: Command) -> None:
    assert with_ann("accounts", "disable", ANN).code == 0
    assert listed(with_ann)["disabled"] is True
    assert with_ann("accounts", "enable", ANN).code == 0
    assert with_ann("accounts", "role", ANN, "operator").code == 0
    assert (listed(with_ann)["disabled"], listed(with_ann)["role"]) == (False, "operator")


def test_credits_are_granted(with_ann: Command) -> None:
    answer = with_ann("accounts", "grant", ANN, "500", "--reason", "thanks")
    assert answer.code == 0
    assert re.fullmatch(r"ann@example.org has \d+ credits now\n", answer.out)


def test_an_invitation_is_a_link(migrated: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_REGISTRATION", "invite")
    monkeypatch.setenv("HEADWAY_PUBLIC_URL", "https://work.example")
    assert migrated("accounts", "invite", ANN).out.startswith("https://work.example/register?invitation=")


@pytest.mark.parametrize(("host", "name"), [("::1", "[::1]"), ("0.0.0.0", "localhost")])
def test_a_link_can_be_opened_wherever_the_server_listens(
    migrated: Command, monkeypatch: pytest.MonkeyPatch, host: str, name: str
) -> None:
    monkeypatch.setenv("HOST", host)
    assert migrated("accounts", "add", ANN).out.startswith(f"http://{name}:8000/reset?")
