"""The whole OpenAPI document against a running installation, by schemathesis: no 500, every answer as it is documented."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance"
)
NO_LIMITS = (
    "sign_in=off,sign_in.account=off,submissions=off,submissions.novel=off,submissions.address=off,uploads=off,"
    "uploads.address=off,reads=off,writes=off,deliveries=off,exports=off,unfinished=off"
)
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


def a_user(url: str) -> str:
    """The API token of somebody who is no operator."""
    who = {"email": "ann@example.org", "password": "correct horse battery"}
    with httpx2.Client(base_url=url, timeout=60) as client:
        client.post("/api/auth/register", json=who).raise_for_status()
        granted = client.post("/api/auth/token", json=who).raise_for_status().json()
        mine = {"Authorization": f"Bearer {granted['access_token']}"}
        made = client.post("/api/account/tokens", json={"name": "schema"}, headers=mine)
        return str(made.raise_for_status().json()["token"])


def holds(url: str, token: str, folder: Path, phases: str, examples: int) -> None:
    """Ask every operation; fails with what was not as documented."""
    command = [
        BESIDE_PYTHON / "st", "run", f"{url}/api/openapi.json", "--header", f"Authorization: Bearer {token}",
        "--phases", phases, "--max-examples", str(examples), "--checks", CHECKS, "--continue-on-failure",
        "--request-timeout", "60", "--suppress-health-check", "all", "--max-redirects", "0", "--warnings", "off",
        "--seed", "1",
    ]  # fmt: skip
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1200, check=False)
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-2_000:]
    asked = re.search(r"Tested: +(\d+)", ended.stdout)
    assert asked, ended.stdout
    assert int(asked[1]) > 80


def test_every_operation_answers_as_the_document_says(
    installation: tuple[str, str, Path], tmp_path: Path
) -> None:
    url, token, log = installation
    holds(url, token, tmp_path, "examples,fuzzing", 1)
    assert "request failed" not in log.read_text()


@pytest.mark.long
@pytest.mark.parametrize("who", ["operator", "user"])
def test_every_answer_is_as_the_document_says(
    installation: tuple[str, str, Path], tmp_path: Path, who: str
) -> None:
    url, token, log = installation
    holds(url, a_user(url) if who == "user" else token, tmp_path, "examples,coverage,fuzzing", 30)
    assert "request failed" not in log.read_text()
