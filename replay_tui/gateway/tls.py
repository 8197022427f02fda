"""Which certificates are trusted: the system's and the bundled authorities, and the one that the user names."""

from __future__ import annotations

import ssl

import certifi

from replay_tui.gateway.errors import CredentialsError


def context(tls_ca: str | None, *, skip_verify: bool = False) -> ssl.SSLContext:
    """A client context; `tls_ca` is PEM text added to the usual authorities. Raises `CredentialsError` if it is
    none."""
    made = ssl.create_default_context()
    made.load_verify_locations(certifi.where())
    if tls_ca:
        try:
            made.load_verify_locations(cadata=tls_ca)
        except (ssl.SSLError, ValueError):
            raise CredentialsError("The configured certificate authority (tls_ca) is not a certificate.") from None
    if skip_verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made
