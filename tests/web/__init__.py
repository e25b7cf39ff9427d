"""Tests in a browser. A package, so that the browser of a process is closed when its tests move on: Playwright leaves its event
loop marked as running, which no test of asyncio bears."""
