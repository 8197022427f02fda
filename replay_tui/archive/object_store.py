"""Addresses of object stores (`s3://bucket/folder/`, `gs://...`), read through fsspec where its extra is installed."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from replay_tui.domain.errors import ReplayError, UnreadableSource, UsageError
from replay_tui.domain.text import sanitize
from replay_tui.sources import LoadedSession, read_stream
from replay_tui.sources.chunk_reader import file_chunks

logger = logging.getLogger(__name__)
NOT_INSTALLED = (
    "Addresses such as s3://bucket/folder need an extra, `s3`, `gs` or `fsspec`: in the clone, pip install '.[s3]'."
)
_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*(?:::[^:]*)*://")
_MAGIC = re.compile(r"[*?\[]")


def is_address(text: str) -> bool:
    """Whether a text is an address rather than a file's name."""
    return bool(_ADDRESS.match(text))


def display_address(address: str) -> str:
    """An address as it may be written: without a user or password that stands in it."""
    try:
        parts = urlsplit(address)
        return address if "@" not in parts.netloc else parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return re.sub(r"//[^/]*@", "//", address)


def expand_address(address: str) -> list[str]:
    """The addresses that a pattern or a folder's address means, sorted; itself for that of one object.

    Raises `UsageError` where fsspec or the store's driver is not installed, `UnreadableSource` where it cannot be
    asked.
    """
    store, path = _store(address)
    with _map_store_error(address):
        if "::" in address:  # a chain of stores, whose parts cannot be named each
            return [address]
        if _MAGIC.search(path):
            found = store.glob(path)
        elif store.isdir(path):
            found = store.find(path)
        else:
            return [address]
        start = len(store._strip_protocol(path))
        # Hidden ones are left out, as in a folder here.
        return sorted(store.unstrip_protocol(str(one)) for one in found if "/." not in str(one)[start:])


def read_address(address: str) -> LoadedSession:
    """The session at an address. Raises `UnreadableSource`, `UsageError`."""
    store, path = _store(address)
    with _map_store_error(address), store.open(path, "rb") as file:
        for loaded in read_stream(file_chunks(file), display_address(address)):
            last = loaded
        return last


def _store(address: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ModuleNotFoundError:
        raise UsageError(NOT_INSTALLED) from None
    scheme = sanitize(address.partition("://")[0])
    try:
        store, path = url_to_fs(address)
    except ImportError as missing:  # its message names the driver's package
        raise UsageError(f"{scheme}:// cannot be read here: {sanitize(missing)}.") from None
    except ValueError:
        raise UsageError(f"{scheme}:// is no kind of address that fsspec knows.") from None
    except Exception as error:
        logger.exception("Reaching %s failed", display_address(address))
        raise UnreadableSource(
            f"{sanitize(display_address(address))} cannot be reached ({type(error).__name__})."
        ) from None
    return store, str(path)


@contextmanager
def _map_store_error(address: str) -> Iterator[None]:
    """Failures of a store as one sentence; its own words may hold what stands in a request."""
    name = sanitize(display_address(address))
    try:
        yield
    except ReplayError:
        raise
    except FileNotFoundError:
        raise UnreadableSource(f"{name} does not exist; check the address.") from None
    except PermissionError:
        raise UnreadableSource(f"{name} may not be read with the credentials at hand.") from None
    except Exception as error:
        logger.exception("Reading %s failed", display_address(address))
        raise UnreadableSource(f"{name} cannot be read ({type(error).__name__}).") from None
