"""Redirects, proxies and certificates: only the gateway receives the token."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from replay_tui.gateway.errors import CredentialsError, InvalidResponse, RedirectRefused, TlsFailed, Unreachable
from replay_tui.gateway.session_list import Filters
from tests.support.gateway import ADMIN, Fault, LoopbackGateway


def test_redirect_to_the_same_origin_is_followed(connect, gateway: LoopbackGateway) -> None:
    gateway.fault("/sessions", Fault(status=307, location="/api/userinfo"))
    with pytest.raises(InvalidResponse, match="not a list"):
        connect().read.sessions(Filters())
    assert [seen.path for seen in gateway.seen] == ["/sessions", "/userinfo"]
    assert "authorization" in gateway.seen[1].headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_to_another_host_gets_no_token(connect, gateway: LoopbackGateway, status: int) -> None:
    with LoopbackGateway(folder=None) as other:
        gateway.fault("/sessions", Fault(status=status, location=f"{other.url}/api/sessions"))
        with pytest.raises(RedirectRefused, match="the token was not sent") as caught:
            connect().read.sessions(Filters())
        assert other.url in str(caught.value)
        assert other.seen == []


@pytest.mark.parametrize("location", [
    "ftp://x/", "http://[", "http://[::1", "javascript:alert(1)", "//user:pw@127.0.0.1/", "https:///x",
    "http://\x1b]0;owned\x07@evil/\x9b2J", "http://xn--\xff\xfe.evil:99999999/", "http://127.0.0.1:99999999/",
])  # fmt: skip
def test_redirect_to_an_invalid_address_raises(connect, gateway: LoopbackGateway, location: str) -> None:
    gateway.fault("/sessions", Fault(status=302, location=location))
    with pytest.raises(RedirectRefused, match="redirects to") as caught:
        connect().read.sessions(Filters())
    assert len(gateway.seen) == 1  # no retry
    assert str(caught.value).isprintable()


def test_redirect_loop_raises_redirect_refused(connect, gateway: LoopbackGateway) -> None:
    gateway.fault("/sessions", *[Fault(status=302, location="/api/sessions")] * 20)
    with pytest.raises(RedirectRefused, match="more than 5 times"):
        connect().read.sessions(Filters())


def test_redirect_of_a_change_keeps_its_method(connect, gateway: LoopbackGateway) -> None:
    path = f"/sessions/{gateway.store.names['open-shell']}/kill"
    gateway.fault(path, Fault(status=302, location="/api/userinfo"))
    with pytest.raises(RedirectRefused, match="nothing was changed"):
        connect().write.kill(gateway.store.names["open-shell"])
    assert len(gateway.seen) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=gateway.test"
    names = "subjectAltName=IP:127.0.0.1,DNS:gateway.test"
    subprocess.run(
        [*command.split(), "-addext", names, "-keyout", key, "-out", cert], check=True, capture_output=True, timeout=60
    )
    return key, cert


@pytest.fixture
def secure(certificate: tuple[Path, Path]) -> Iterator[LoopbackGateway]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    with LoopbackGateway(tls=context) as running:
        yield running


def test_certificate_unknown_is_rejected(connect, secure: LoopbackGateway, clock) -> None:
    with pytest.raises(TlsFailed, match=r"not trusted.*HOOP_TLSCA"):
        connect(url=secure.url).read.current_user()
    assert clock.waits == []
    assert secure.seen == []


def test_certificate_of_a_custom_authority_is_trusted(
    connect, secure: LoopbackGateway, certificate: tuple[Path, Path]
) -> None:
    assert connect(url=secure.url, tls_ca=certificate[1].read_text()).read.current_user().display_name == "Ada Admin"


def test_certificate_verification_can_be_skipped(connect, secure: LoopbackGateway) -> None:
    assert connect(url=secure.url, skip=True).read.current_user().is_admin_member


def test_tls_ca_invalid_raises_credentials_error(connect, secure: LoopbackGateway) -> None:
    with pytest.raises(CredentialsError, match="not a certificate"):
        connect(url=secure.url, tls_ca="-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n")


def test_https_to_a_plain_server_raises_tls_failed(connect, gateway: LoopbackGateway) -> None:
    with pytest.raises(TlsFailed):
        connect(url=gateway.url.replace("http:", "https:")).read.current_user()


class Proxy:
    """Proxy for one CONNECT: responds with `status`, and tunnels to `target` if it is 200."""

    def __init__(self, target: int, status: int = 200) -> None:
        self.asked: list[bytes] = []
        self._target, self._status = target, status
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            self.asked.append(near.recv(65536))
            near.sendall(b"HTTP/1.1 %d Whatever\r\n\r\n" % self._status)
            if self._status != 200:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._target))
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        sink.close()

    def close(self) -> None:
        self._server.close()


def test_proxy_of_the_environment_is_used(
    connect, secure: LoopbackGateway, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy(secure.port)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    assert connect(url="https://gateway.test", tls_ca=certificate[1].read_text()).read.current_user().is_admin_member
    assert proxy.asked[0].startswith(b"CONNECT gateway.test:443 ")
    assert ADMIN.token.encode() not in b"".join(proxy.asked)
    proxy.close()


def test_proxy_that_rejects_raises_unreachable(connect, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy(0, 407)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with pytest.raises(Unreachable, match=r"proxy.*407.*check HTTPS_PROXY"):
        connect(url="https://gateway.test").read.current_user()
    proxy.close()


def test_proxy_address_invalid_raises_credentials_error(connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://nowhere")
    with pytest.raises(CredentialsError, match="cannot be used"):
        connect(url="https://gateway.test")


def test_proxy_is_not_used_for_plain_loopback(
    connect, gateway: LoopbackGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert connect().read.current_user().is_admin_member
