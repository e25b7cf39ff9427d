"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path

import psutil


def describe(folder: Path) -> Sequence[str]:
    """Lines on processor, memory, system, Python, and the disk under `folder`."""
    load = os.getloadavg()[0]
    return [
        f"{_processor()}, {os.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB",
        f"load average at the start: {load:.1f}",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"file system of the databases: {_file_system(folder)}; "
        f"writing 4 KiB and fsync: {fsync_ms(folder):.2f} ms (median of 100)",
    ]


def busy() -> bool:
    """Whether something else is using more than a quarter of the machine, so that figures would be of both."""
    return os.getloadavg()[0] > (os.cpu_count() or 1) / 4


def fsync_ms(folder: Path, times: int = 100) -> float:
    """Median milliseconds of writing one page and forcing it to disk: the floor under a single commit."""
    path = folder / "fsync"
    took = []
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(b"\0" * 4096)
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1e3)
    path.unlink()
    return sorted(took)[times // 2]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(folder: Path) -> str:
    mounts = [part for part in psutil.disk_partitions(all=True) if folder.is_relative_to(part.mountpoint)]
    return max(mounts, key=lambda part: len(part.mountpoint)).fstype if mounts else "unknown"
