"""Settings, read once from the environment (`HEADWAY_*`) or a `.env` file.

Called by whoever starts something (`cli`, `server`, `Headway()`); everything below is told the values it needs.
The public table of names, defaults and meanings is `docs/settings.md`.
"""

import os
import socket
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that a deployment may choose. A wrong value raises pydantic's `ValidationError`, naming the field."""

    model_config = SettingsConfigDict(
        env_prefix="HEADWAY_", env_file=".env", extra="ignore", populate_by_name=True, validate_default=True
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
    public_url: str = ""
    product_sources: str = ""
    smtp_url: str = ""
    secret_key: SecretStr | None = None
    google_client_id: str = ""
    google_client_secret: SecretStr | None = None

    engine: Literal["database", "celery"] = "database"
    broker_url: str = ""

    ai: Literal["offline", "gemini", "openai", "off"] = "offline"
    ai_url: str = ""
    ai_key: SecretStr | None = None
    ai_model: str = ""
    ai_timeout: float = Field(60, gt=0)

    async_: bool = Field(True, validation_alias=AliasChoices("HEADWAY_ASYNC", "async_"))
    poll_ms: int = Field(2000, ge=50)
    app: str = "headway.apps:app"
    host: str = Field("127.0.0.1", validation_alias=AliasChoices("HOST", "host"))
    port: int = Field(8000, ge=0, le=65535, validation_alias=AliasChoices("PORT", "port"))

    @field_validator("database_url")
    @classmethod
    def _known_dialect(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return url

    def model_post_init(self, context: object) -> None:
        """Fill in what follows from other settings: the default database and this process's worker id."""
        if not self.database_url:
            self.database_url = f"sqlite:///{self.data_dir / 'headway.db'}"
        if not self.worker_id:
            self.worker_id = f"{socket.gethostname()}-{os.getpid()}"
