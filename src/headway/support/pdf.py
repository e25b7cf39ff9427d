"""Simple PDF documents whose text survives in any script: headings, paragraphs, lists and facts on A4.

Called by the applications' exports. Fonts come from a wheel (FiraGO: Latin, Greek, Cyrillic, Arabic, Hebrew,
Thai, Georgian, Devanagari; Noto for signs), then from the system's folders. Invariant: a character for which
no font has a glyph is written as `[U+4E2D]`, never dropped.
"""

import atexit
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import pymupdf_fonts  # type: ignore[import-untyped]  # has no stubs
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # has no stubs
from fpdf import FPDF
from fpdf.enums import XPos, YPos

MARGIN_MM = 20
_MAIN = "text"
_BUNDLED = {"": "figo", "B": "figbo", "I": "figit"}
_SIGNS = ("notos", "math", "symbol1", "symbol2", "music")
# By file name, best first: what Debian's CJK and last-resort font packages are called.
_SYSTEM_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
)
_SYSTEM_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "DroidSansFallbackFull.ttf",
    "wqy-zenhei.ttc",
    "unifont.otf",
    "unifont.ttf",
    "NotoSansBengali-Regular.ttf",
    "NotoSansTamil-Regular.ttf",
    "NotoSansEthiopic-Regular.ttf",
    "NotoSansKhmer-Regular.ttf",
    "NotoSansArmenian-Regular.ttf",
    "DejaVuSans.ttf",
)
_KEPT_CONTROLS = frozenset("\n\t")


@cache
def _font_file(name: str) -> Path:
    """A bundled font as a file, which fpdf2 wants; written once per process."""
    path = _font_folder() / f"{name}.ttf"
    path.write_bytes(pymupdf_fonts.fontbuffers[name]())
    return path


@cache
def _font_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="headway-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _system_file(name: str) -> Path | None:
    for folder in _SYSTEM_FOLDERS:
        found = next(iter(sorted(folder.rglob(name))), None) if folder.is_dir() else None
        if found is not None:
            return found
    return None


@cache
def _covered(path: Path) -> frozenset[int]:
    with TTFont(path, lazy=True, fontNumber=0) as font:
        return frozenset(font.getBestCmap() or ())


class Document:
    """An A4 document, built from top to bottom; `bytes()` is the file. `text` is everything that it will
    show."""

    def __init__(self, title: str, text: Iterable[str], *, lang: str = "en", rtl: bool = False) -> None:
        self._rtl = rtl
        self._pdf = FPDF(format="A4")
        self._pdf.set_margin(MARGIN_MM)
        self._pdf.set_auto_page_break(True, MARGIN_MM)
        self._pdf.set_title(title)
        self._pdf.set_lang(lang)
        self._pdf.set_creator("Headway")
        self._known = self._load_fonts({ord(c) for piece in (title, *text) for c in piece})
        self._pdf.set_text_shaping(True)
        self._pdf.add_page()
        self._write(title, 20, "B", after_mm=4)

    def _load_fonts(self, wanted: set[int]) -> frozenset[int]:
        """Adds the text font, and of the others those that have something of `wanted`; returns what is
        covered."""
        for style, name in _BUNDLED.items():
            self._pdf.add_font(_MAIN, style, _font_file(name))
        covered = _covered(_font_file(_BUNDLED[""]))
        others = [(name, _font_file(name)) for name in _SIGNS] if wanted - covered else []
        fallbacks: list[str] = []
        for name, path in others:
            covered = self._add(name, path, wanted, covered, fallbacks)
        for name in _SYSTEM_FONTS if _printable(wanted - covered) else ():
            found = _system_file(name)
            if found is not None:
                covered = self._add(f"system {name}", found, wanted, covered, fallbacks)
        if fallbacks:
            self._pdf.set_fallback_fonts(fallbacks, exact_match=False)
        return covered

    def _add(
        self, family: str, path: Path, wanted: set[int], covered: frozenset[int], fallbacks: list[str]
    ) -> frozenset[int]:
        has = _covered(path)
        if not (wanted - covered) & has:
            return covered
        self._pdf.add_font(family.lower(), "", path)
        fallbacks.append(family.lower())
        return covered | has

    def heading(self, text: str) -> None:
        """A section's heading."""
        self._pdf.ln(3)
        self._write(text, 13, "B", after_mm=1)

    def paragraph(self, text: str, *, style: str = "") -> None:
        """Running text; line breaks are kept. `style` is "" or "I"."""
        self._write(text, 10.5, style, after_mm=2)

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values, one pair a line."""
        for name, value in rows:
            self._write(f"{name}: {value}", 10.5, "", after_mm=0.5)
        self._pdf.ln(2)

    def items(self, texts: Sequence[str], *, numbered: bool = False) -> None:
        """A list."""
        for n, text in enumerate(texts, 1):
            self._write(f"{n}. {text}" if numbered else f"• {text}", 10.5, "", after_mm=1)
        self._pdf.ln(1)

    def bytes(self) -> bytes:
        """The finished file."""
        return bytes(self._pdf.output())

    def shown(self, text: str) -> str:
        """The text with what no font can draw spelled out."""
        return _shown(text, self._known)

    def _write(self, text: str, points: float, style: str, *, after_mm: float) -> None:
        self._pdf.set_font(_MAIN, style, points)
        self._pdf.multi_cell(
            0,
            points * 0.5,
            self.shown(text),
            align="R" if self._rtl else "L",
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        self._pdf.ln(after_mm)


def _printable(codes: set[int]) -> bool:
    return any(chr(code) not in _KEPT_CONTROLS for code in codes)


def _shown(text: str, covered: frozenset[int]) -> str:
    """The text with what no font can draw spelled out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if all(ord(c) in covered or c in _KEPT_CONTROLS for c in text):
        return text
    return "".join(c if ord(c) in covered or c in _KEPT_CONTROLS else f"[U+{ord(c):04X}]" for c in text)
