"""Texts that stand in both languages of the product."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["en", "ar"]
LANGUAGES: tuple[Language, ...] = ("en", "ar")


class Bilingual(BaseModel):
    """A text in both languages; one that exists in one language only stands in both places."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str
    ar: str

    def of(self, lang: str) -> str:
        """The text for a reader of `lang`."""
        return self.ar if lang == "ar" else self.en
