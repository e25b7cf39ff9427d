"""Settings, read once from the environment (`HEADWAY_*`) or a `.env` file.

Called by whoever starts something (`cli`, `server`, `Headway()`); everything below is told the values it
needs. The public table of names, defaults and meanings is `docs/settings.md`.
"""

import os
import re
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from headway.support import hosts
from headway.support.addresses import is_web_address
from headway.support.limits import read_limits


class Settings(BaseSettings):
    """Everything that a deployment may choose. A wrong value raises ValidationError: see `complaints`."""

    # Not `populate_by_name`: it would take HEADWAY_PORT for PORT, which Kubernetes sets to something else.
    model_config = SettingsConfigDict(
        env_prefix="HEADWAY_", env_file=".env", extra="ignore", validate_default=True
    )

    database_url: str = ""
    data_dir: Path = Path("var")

    concurrency: int = Field(100, ge=1, le=10_000)
    lease_s: float = Field(15, ge=0.3, le=3600)
    grace_s: float = Field(10, ge=0, le=3600)
    poll_idle_ms: int = Field(500, ge=10, le=60_000)
    worker_id: str = ""

    registration: Literal["open", "invite", "closed"] = "closed"
    prices: Path | None = None
    trusted_proxies: str = ""
    limits: str = ""
    hook_hosts: str = ""
    cors_origins: str = ""
    public_url: str = ""
    product_sources: str = ""
    smtp_url: str = ""
    secret_key: SecretStr | None = None
    google_client_id: str = ""
    google_client_secret: SecretStr | None = None
    google_issuer: str = "https://accounts.google.com"

    engine: Literal["database", "celery"] = "database"
    broker_url: str = ""

    ai: Literal["offline", "gemini", "openai", "off"] = "offline"
    ai_url: str = ""
    ai_key: SecretStr | None = None
    ai_model: str = ""
    ai_timeout: float = Field(60, gt=0)
    ai_stream: bool = False
    ai_concurrency: int | None = Field(None, ge=1)
    ai_rpm: int | None = Field(None, ge=1)
    ai_tpm: int | None = Field(None, ge=1)

    async_: bool = Field(True, validation_alias=AliasChoices("HEADWAY_ASYNC", "async_"))
    poll_ms: int = Field(2000, ge=50)
    app: str = "headway.apps:app"
    log: Literal["debug", "info", "warning", "error"] = "info"
    debug: bool = False
    host: str = Field("127.0.0.1", validation_alias=AliasChoices("HOST", "host"))
    port: int = Field(8000, ge=0, le=65535, validation_alias=AliasChoices("PORT", "port"))

    @field_validator("database_url")
    @classmethod
    def _known_dialect(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return url

    @field_validator("prices", mode="before")
    @classmethod
    def _no_file(cls, path: object) -> object:
        """Empty is none, and not the folder here."""
        return path or None

    @field_validator("cors_origins")
    @classmethod
    def _exact_origins(cls, text: str) -> str:
        for each in filter(None, (part.strip() for part in text.split(","))):
            if not re.fullmatch(
                r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?", each
            ):
                raise ValueError(
                    "must be origins such as https://app.example.org, in lower case, without a path or *"
                )
        return text

    @field_validator("limits", "trusted_proxies", "hook_hosts", "product_sources")
    @classmethod
    def _readable(cls, text: str, info: ValidationInfo) -> str:
        _READERS[str(info.field_name)](text)
        return text.strip(" ,")  # nothing but these is nothing, and "*" stands alone

    @field_validator("public_url")
    @classmethod
    def _a_beginning(cls, url: str) -> str:
        if url and not (is_web_address(url) and not set(url) & set("?#@")):
            raise ValueError("must be an address such as https://app.example.org, without a user, ? or #")
        return url

    @field_validator("ai_url", "google_issuer")
    @classmethod
    def _an_address(cls, url: str, info: ValidationInfo) -> str:
        if not is_web_address(url) and (url or info.field_name == "google_issuer"):
            raise ValueError("must begin with http://HOST or https://HOST")
        return url

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, url: str) -> str:
        if url and not re.match(r"smtps?://[^/?#]*[^/?#:@]", url):
            raise ValueError("must begin with smtp://HOST or smtps://HOST")
        return url

    @field_validator("engine")
    @classmethod
    def _there(cls, engine: str) -> str:
        if engine == "celery":
            raise ValueError("celery is not there yet in this version: use database")
        return engine

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and 0 < len(key.get_secret_value().encode()) < 32:
            raise ValueError("must have at least 32 random bytes")
        return key

    @field_validator("google_client_secret")
    @classmethod
    def _with_the_id(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if bool(secret and secret.get_secret_value()) != bool(info.data.get("google_client_id")):
            raise ValueError("must be set together with HEADWAY_GOOGLE_CLIENT_ID, or neither")
        return secret

    def model_post_init(self, context: object) -> None:
        """Fill in what follows from other settings: the default database and this process's worker id."""
        if not self.database_url:
            self.database_url = f"sqlite:///{self.data_dir / 'headway.db'}"
        if not self.worker_id:
            self.worker_id = f"{socket.gethostname()}-{os.getpid()}"


_PREFIX = "HEADWAY_"
_READERS: Mapping[str, Callable[[str], object]] = {
    "limits": read_limits,
    "trusted_proxies": hosts.read_proxies,
    "hook_hosts": hosts.read_inside_hosts,
    "product_sources": hosts.read_sources,
}
# Shown when wrong. Not URLs, which may hold a password, nor keys.
_SHOWABLE = {
    "ai", "ai_concurrency", "ai_rpm", "ai_stream", "ai_timeout", "ai_tpm", "async_", "concurrency", "debug", "engine", "grace_s",
    "hook_hosts", "host", "lease_s", "limits", "log", "poll_idle_ms", "poll_ms", "port", "registration", "trusted_proxies",
}  # fmt: skip


def variables() -> dict[str, str]:
    """The environment variable of every field: {field: "HEADWAY_…"}."""
    names: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        first = alias.choices[0] if isinstance(alias, AliasChoices) else None
        names[name] = str(first or f"{_PREFIX}{name.upper()}")
    return names


def complaints(error: ValidationError) -> list[str]:
    """What is wrong with the settings, one sentence for each variable, named as the environment names it."""
    names = variables()
    fields = {variable: field for field, variable in names.items()}
    found = []
    for entry in error.errors(include_url=False):
        where = str(entry["loc"][0]) if entry["loc"] else ""
        field = fields.get(where, where)
        value = f"={entry['input']}" if field in _SHOWABLE else ""
        message = entry["msg"].removeprefix("Value error, ").removeprefix("Input ")
        found.append(f"{names.get(field, where)}{value}: {message}")
    return found


def unknown(environment: Mapping[str, str | None]) -> list[str]:
    """The variables that look like settings of ours and are none: most likely misspelt."""
    known = set(variables().values())
    return sorted(
        name
        for name, value in ((name.upper(), value or "") for name, value in environment.items())
        if name.startswith(_PREFIX) and name not in known and not _of_kubernetes(name, value)
    )


def _of_kubernetes(name: str, value: str) -> bool:
    """Set in every container when a service is called "headway": HEADWAY_PORT=tcp://… and others."""
    return name.startswith(("HEADWAY_SERVICE_", "HEADWAY_PORT_")) or (
        name == "HEADWAY_PORT" and "://" in value
    )
