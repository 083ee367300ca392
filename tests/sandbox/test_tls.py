"""The sandbox behind TLS: asked as ever, and handshakes that fail by a share drawn from the seed."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dialer.sandbox import tls
from dialer.sandbox.app import create_app
from dialer.sandbox.config import SandboxConfig
from tests.sandbox.servers import running

SUBJECT = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
STATE = "/sandbox/state"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, made, both = folder / "key.pem", folder / "made.pem", folder / "both.pem"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    command = [openssl, "req", "-x509", *curve, *SUBJECT, "-keyout", str(key), "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    both.write_bytes(key.read_bytes() + made.read_bytes())
    return both


@pytest.fixture
def url(certificate: Path) -> Iterator[str]:
    config = SandboxConfig(certificate=str(certificate))
    app = create_app(config)
    with running(lambda port: app, **tls.served_by(config, app.state.sandbox.faults)) as url:
        yield url.replace("http:", "https:")


def handshakes(url: str, certificate: Path, count: int) -> list[bool]:
    """Whether each of so many new connections came to be."""
    trusted = ssl.create_default_context(cafile=str(certificate))

    def works() -> bool:
        try:
            with httpx.Client(base_url=url, verify=trusted, trust_env=False) as client:
                return client.get(STATE).status_code == 200
        except httpx.ConnectError:
            return False

    return [works() for _ in range(count)]


def test_handshakes_fail_by_their_share_and_the_seed(url: str, certificate: Path) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate))
    with httpx.Client(base_url=url, verify=trusted, trust_env=False) as control:
        assert control.put("/sandbox/faults", json={"tls_failed": 0.5}).status_code == 200
        found = handshakes(url, certificate, 12)
        assert {True, False} == set(found)
        assert control.put("/sandbox/faults", json={}).status_code == 200
        assert handshakes(url, certificate, 3) == [True] * 3


def test_without_a_certificate_there_is_no_handshake_to_fail() -> None:
    with (
        running(lambda port: create_app(SandboxConfig(port=port))) as url,
        httpx.Client(base_url=url, trust_env=False) as control,
    ):
        assert control.put("/sandbox/faults", json={"tls_failed": 0.5}).status_code == 422
        assert control.put("/sandbox/faults", json={"tls_failed": 0}).status_code == 200
