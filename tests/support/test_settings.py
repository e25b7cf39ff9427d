"""Settings come from the environment; what is wrong is named as the environment names it."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

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
        ("HEADWAY_PUBLIC_URL", "app.example.org", "HEADWAY_PUBLIC_URL: must be an address such as https://"),
        ("HEADWAY_PUBLIC_URL", "https://a.example/?b", "HEADWAY_PUBLIC_URL: must be an address such as"),
        (
            "HEADWAY_PUBLIC_URL",
            "https://u:sekret@a.example",
            "HEADWAY_PUBLIC_URL: must be an address such as",
        ),
        ("HEADWAY_AI_URL", "gopher:x", "HEADWAY_AI_URL: must begin with http://HOST or https://HOST"),
        ("HEADWAY_GOOGLE_ISSUER", "x", "HEADWAY_GOOGLE_ISSUER: must begin with http://HOST or https://HOST"),
        ("HEADWAY_GOOGLE_ISSUER", "", "HEADWAY_GOOGLE_ISSUER: must begin with http://HOST or https://HOST"),
        ("HEADWAY_GOOGLE_CLIENT_ID", "x", "HEADWAY_GOOGLE_CLIENT_SECRET: must be set together with"),
        ("HEADWAY_GOOGLE_CLIENT_SECRET", "sekret", "HEADWAY_GOOGLE_CLIENT_SECRET: must be set together with"),
        ("HEADWAY_TRUSTED_PROXIES", "abc", "HEADWAY_TRUSTED_PROXIES=abc: 'abc' is no address such as"),
        ("HEADWAY_TRUSTED_PROXIES", "10.0.0.1/8", "HEADWAY_TRUSTED_PROXIES=10.0.0.1/8: '10.0.0.1/8' is no"),
        ("HEADWAY_HOOK_HOSTS", "a b", "HEADWAY_HOOK_HOSTS=a b: 'a b' is no host: write name or name:port"),
        (
            "HEADWAY_PRODUCT_SOURCES",
            "::: bad",
            "HEADWAY_PRODUCT_SOURCES: ':::' is no host: write shop.example",
        ),
        (
            "HEADWAY_LIMITS",
            "reeds=3/hour",
            "HEADWAY_LIMITS=reeds=3/hour: there is no limit 'reeds': there are",
        ),
        (
            "HEADWAY_LIMITS",
            "t = 30/15 minutes",
            "HEADWAY_LIMITS=t = 30/15 minutes: there is no limit 't': there are submissions",
        ),
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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEADWAY_PUBLIC_URL", "https://app.example.org/"),
        ("HEADWAY_PUBLIC_URL", ""),
        ("HEADWAY_AI_URL", "http://[::1]:8090/v1"),
        ("HEADWAY_TRUSTED_PROXIES", "10.0.0.7, 192.168.0.0/16, ::1"),
        ("HEADWAY_TRUSTED_PROXIES", "*"),
        ("HEADWAY_HOOK_HOSTS", "hooks.lan, my_service:8080, 10.0.0.7, ::1, [::1]:8080"),
        (
            "HEADWAY_PRODUCT_SOURCES",
            "shop.example *.shop.example, internal:http://shop.lan:8080 [::1]:80 a.example/",
        ),
    ],
)
def test_a_right_variable_is_taken_as_it_is(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    fields = {variable: field for field, variable in variables().items()}
    assert getattr(Settings(), fields[name]) == value


def test_a_list_of_nothing_is_nothing() -> None:
    assert Settings(trusted_proxies=" , ").trusted_proxies == ""


def test_both_halves_of_googles_credentials_are_taken() -> None:
    assert Settings(google_client_id="x", google_client_secret=SecretStr("y")).google_client_id == "x"


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
