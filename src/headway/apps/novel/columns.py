"""In which order the parts of a page are read: columns and what stands across them.

Called by ``reading`` with the runs of one page. A page has two columns where an upright strip near its middle
is crossed by next to nothing and has text on both sides over most of its height; then what stands across
divides the page into bands, and each band is read left column first.
"""

from headway.apps.novel.lines import Line, Segment, lines

_LEAST_ROWS = 6
"""Runs that each column must have."""


def ordered(runs: list[Segment], page: int) -> list[list[Line]]:
    """The page's lines as blocks in reading order: one block, or bands of left and right columns."""
    gutter = _gutter(runs)
    if gutter is None:
        return [lines(runs, page)]
    across = sorted((run for run in runs if run.left < gutter < run.right), key=lambda run: -run.top)
    rest = [run for run in runs if not run.left < gutter < run.right]
    blocks: list[list[Line]] = []
    upper = float("inf")
    for edge in [*across, None]:
        lower = _middle(edge) if edge else float("-inf")
        band = [run for run in rest if lower < _middle(run) <= upper]
        left = [run for run in band if run.right <= gutter]
        right = [run for run in band if run.left >= gutter]
        blocks += [lines(side, page) for side in (left, right) if side]
        if edge:
            blocks.append(lines([edge], page))
        upper = lower
    return [block for block in blocks if block]


def _middle(run: Segment) -> float:
    return (run.bottom + run.top) / 2


def _gutter(runs: list[Segment]) -> float | None:
    """Where the strip between two columns is, or None: most pages of novels have none."""
    if len(runs) < 2 * _LEAST_ROWS:
        return None
    left, right = min(run.left for run in runs), max(run.right for run in runs)
    width = right - left
    candidates = sorted(
        {int(run.left) for run in runs if left + 0.35 * width < run.left < left + 0.65 * width}
    )
    for edge in candidates:
        place = edge - 0.01
        crossing = sum(run.left < place < run.right for run in runs)
        before = [run for run in runs if run.right <= place]
        after = [run for run in runs if run.left >= place]
        if crossing > 0.15 * len(runs) or min(len(before), len(after)) < _LEAST_ROWS:
            continue
        wide = [sum(run.right - run.left > 0.3 * width for run in side) for side in (before, after)]
        if min(wide) < 0.5 * min(len(before), len(after)):
            continue  # short runs on both sides: a table of contents, verse, a list, not two columns of prose
        shared = min(_top(before), _top(after)) - max(_bottom(before), _bottom(after))
        if shared > 0.5 * (_top(runs) - _bottom(runs)):
            return place
    return None


def _top(runs: list[Segment]) -> float:
    return max(run.top for run in runs)


def _bottom(runs: list[Segment]) -> float:
    return min(run.bottom for run in runs)
