"""The whole OpenAPI document against a running installation, by schemathesis: no 500, every answer as it is documented."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance"
)
NO_LIMITS = "sign_in=off,sign_in.account=off,submissions=off,submissions.novel=off,uploads=off,reads=off,unfinished=off"
BESIDE_PYTHON = Path(sys.executable).parent


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[tuple[str, str, Path]]:
    """Web and worker, as `headway up` starts them: address, token, log."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HEADWAY_")}
    env |= {
        "HEADWAY_DATA_DIR": str(tmp_path / "data"),
        "HEADWAY_LIMITS": NO_LIMITS,
        "HEADWAY_LOG": "error",
        "HEADWAY_REGISTRATION": "open",
        "PORT": "0",
    }
    log = tmp_path / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [BESIDE_PYTHON / "headway", "up"],
            cwd=tmp_path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout is not None
            said = next((line for line in process.stdout if "Sign in at" in line), "")
            found = re.search(r"(http://[\w.:]+)/\?token=(\S+)", said)
            assert found, log.read_text()
            yield found[1], found[2], log
        finally:
            process.terminate()
            process.wait(30)


@pytest.mark.long
def test_every_answer_is_as_the_document_says(installation: tuple[str, str, Path], tmp_path: Path) -> None:
    url, token, log = installation
    command = [
        BESIDE_PYTHON / "st", "run", f"{url}/api/openapi.json", "--header", f"Authorization: Bearer {token}",
        "--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--checks", CHECKS, "--continue-on-failure",
        "--request-timeout", "60", "--suppress-health-check", "all", "--max-redirects", "0", "--warnings", "off",
        "--seed", "1",
    ]  # fmt: skip
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=1200, check=False)
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-2_000:]
    assert "request failed" not in log.read_text()
