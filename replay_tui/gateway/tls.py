"""TLS context: the authorities of the system and of certifi, and one configured by the user."""

from __future__ import annotations

import ssl

import certifi

from replay_tui.gateway.errors import CredentialsError


def make_context(tls_ca: str | None, *, skip_verify: bool = False) -> ssl.SSLContext:
    """Return a client context. `tls_ca` is PEM text, added to the default authorities.

    Raises `CredentialsError` if it is not a certificate.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if tls_ca:
        try:
            context.load_verify_locations(cadata=tls_ca)
        except (ssl.SSLError, ValueError):
            raise CredentialsError("The configured certificate authority (tls_ca) is not a certificate.") from None
    if skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
