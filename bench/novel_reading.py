"""How well a novel's PDF is read: `python -m bench.novel_reading PDF [GOLD] [--limits 8 15]`.

Recall is the share of the true text's words that were read, precision the share of the read words that are
in the true text. Both texts are cut into runs of letters or digits, lower case, NFKC, ligatures and
typographic apostrophes made plain, so that punctuation does not count. Two counts are given: `aligned`
takes only words in the same order (longest matching blocks, difflib), `multiset` ignores order. Notes stand
elsewhere in the two texts (inside the sentence there, behind the paragraph here), so `aligned` is also given
without them. What the gold text marks up
(`^[note]`, `[- summary]`) loses its brackets by the same cutting.
"""

from __future__ import annotations

import argparse
import re
import resource
import time
import unicodedata
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path

from headway.apps.novel.book import Book
from headway.apps.novel.coverage import coverage
from headway.apps.novel.merging import merge
from headway.apps.novel.offline import shorten_chunk
from headway.apps.novel.planning import plan, sources
from headway.apps.novel.reading import read_pdf
from headway.apps.novel.shortening import Style

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The text as it is compared."""
    plain = unicodedata.normalize("NFKC", text).replace("\u00ad", "").replace("œ", "oe").replace("Œ", "oe")
    return _WORD.findall(plain.casefold())


def multiset(found: list[str], true: list[str]) -> tuple[float, float]:
    """Recall and precision by how often each word comes."""
    shared = (Counter(found) & Counter(true)).total()
    return shared / max(1, len(true)), shared / max(1, len(found))


def aligned(found: list[str], true: list[str]) -> tuple[float, float]:
    """Recall and precision by words in the same order."""
    blocks = SequenceMatcher(None, found, true, autojunk=False).get_matching_blocks()
    shared = sum(block.size for block in blocks)
    return shared / max(1, len(true)), shared / max(1, len(found))


def shortened(book: Book, limit: int) -> str:
    """One line of figures of the offline shortener at this limit."""
    style, began = Style(limit=limit), time.process_time()
    found = sources(book, style.least)
    chunks = plan(found)
    rows = merge(chunks, [shorten_chunk(chunk, style) for chunk in chunks])
    seconds = time.process_time() - began
    seen = coverage(found, [(row.source, row.normalized) for row in rows])
    flags = Counter(flag for row in rows for flag in row.flags)
    shares = ", ".join(
        f"{flag} {100 * flags[flag] / len(rows):.1f} %" for flag in ("long", "fragment", "short")
    )
    return (
        f"limit {limit}: {len(found)} sentences, {len(chunks)} chunks, {len(rows)} short sentences, {shares}, "
        f"coverage {seen.share:.4f}, missing {len(seen.missing)}, {seconds:.2f} s"
    )


def main() -> None:
    """Reads, compares, prints one figure a line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pdf", type=Path)
    parser.add_argument("gold", type=Path, nargs="?")
    parser.add_argument("--limits", type=int, nargs="*", default=[], help="shorten too, at these limits")
    parser.add_argument("--differences", type=int, default=0, help="show so many places that differ")
    options = parser.parse_args()
    data = options.pdf.read_bytes()
    began, cpu = time.perf_counter(), time.process_time()
    book = read_pdf(data)
    print(f"pages {book.pages}, paragraphs {len(book.paragraphs)}, words {len(words(book.text))}")
    print(f"seconds {time.perf_counter() - began:.2f} (processor {time.process_time() - cpu:.2f})")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    for limit in options.limits:
        print(shortened(book, limit))
    if options.gold is None:
        return
    found, true = words(book.text), words(options.gold.read_text(encoding="utf-8"))
    for name, measure in (("multiset", multiset), ("aligned", aligned)):
        recall, precision = measure(found, true)
        print(f"{name}: recall {recall:.4f}, precision {precision:.4f}")
    body = " ".join(p.text for p in book.paragraphs if p.kind != "note")
    true_body = re.sub(r"\^\[[^\]]*\]", "", options.gold.read_text(encoding="utf-8"))
    recall, precision = aligned(words(body), words(true_body))
    print(f"aligned, notes apart: recall {recall:.4f}, precision {precision:.4f}")
    if options.differences:
        matcher = SequenceMatcher(None, found, true, autojunk=False)
        changes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
        for _, i, j, k, m in changes[: options.differences]:
            print(
                f"  read {' '.join(found[max(0, i - 2) : j + 2])!r},",
                f"true {' '.join(true[max(0, k - 2) : m + 2])!r}",
            )


if __name__ == "__main__":
    main()
