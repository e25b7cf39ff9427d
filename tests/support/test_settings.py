"""Settings come from the environment; what is wrong is named as the environment names it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from headway.support.settings import Settings, complaints, unknown, variables


@pytest.fixture(autouse=True)
def no_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variables().values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def wrong(**settings: object) -> list[str]:
    with pytest.raises(ValidationError) as raised:
        Settings(**settings)  # type: ignore[arg-type]  # wrong on purpose
    return complaints(raised.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HEADWAY_CONCURRENCY", "many", "HEADWAY_CONCURRENCY=many: should be a valid integer"),
        ("HEADWAY_CONCURRENCY", "0", "HEADWAY_CONCURRENCY=0: should be greater than or equal to 1"),
        ("HEADWAY_ASYNC", "maybe", "HEADWAY_ASYNC=maybe: should be a valid boolean"),
        ("PORT", "70000", "PORT=70000: should be less than or equal to 65535"),
        ("HEADWAY_AI", "bard", "HEADWAY_AI=bard: should be 'offline'"),
        ("HEADWAY_ENGINE", "celery", "HEADWAY_ENGINE=celery: celery is not there yet in this version"),
        ("HEADWAY_LOG", "loud", "HEADWAY_LOG=loud: should be 'debug'"),
        ("HEADWAY_DATABASE_URL", "mysql://u:sekret@h/d", "HEADWAY_DATABASE_URL: must begin with sqlite:///"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    (complaint,) = wrong()
    assert complaint.startswith(said)
    assert "sekret" not in complaint


def test_a_wrong_argument_is_named_as_its_variable() -> None:
    (complaint,) = wrong(lease_s=-1)
    assert complaint.startswith("HEADWAY_LEASE_S=-1:")


def test_every_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LEASE_S", "long")
    monkeypatch.setenv("HEADWAY_POLL_MS", "1")
    assert [complaint.partition("=")[0] for complaint in wrong()] == ["HEADWAY_LEASE_S", "HEADWAY_POLL_MS"]


def test_settings_are_given_by_name_too() -> None:
    settings = Settings(port=9000, async_=False, concurrency=3)
    assert (settings.port, settings.async_, settings.concurrency) == (9000, False, 3)


def test_misspelt_variables_are_found_and_those_of_kubernetes_are_not() -> None:
    environment = {
        "HEADWAY_LEASE": "15",
        "headway_concurency": "3",
        "HEADWAY_LEASE_S": "15",
        "HEADWAY_SERVICE_HOST": "10.0.0.1",
        "HEADWAY_PORT": "tcp://10.0.0.1:80",
        "HEADWAY_PORT_80_TCP": "tcp://10.0.0.1:80",
        "PATH": "/bin",
    }
    assert unknown(environment) == ["HEADWAY_CONCURENCY", "HEADWAY_LEASE"]


def test_a_port_under_our_prefix_is_misspelt() -> None:
    assert unknown({"HEADWAY_PORT": "9000"}) == ["HEADWAY_PORT"]


def test_every_field_has_a_variable() -> None:
    assert set(variables()) == set(Settings.model_fields)
    assert variables()["async_"] == "HEADWAY_ASYNC"
    assert variables()["port"] == "PORT"
