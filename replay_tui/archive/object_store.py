"""Addresses in object stores (`s3://bucket/folder/`, `gs://...`), read through fsspec, which is an optional extra."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from replay_tui.domain.errors import ReplayError, UnreadableSource, UsageError
from replay_tui.domain.text import sanitize
from replay_tui.domain.text_encoding import UTF8
from replay_tui.sources import LoadedSession, read_stream
from replay_tui.sources.chunk_reader import file_chunks

logger = logging.getLogger(__name__)
NOT_INSTALLED = (
    "Addresses such as s3://bucket/folder need the extra `s3`, `gs` or `fsspec`: in the clone, pip install '.[s3]'."
)
_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*(?:::[^:]*)*://")
_MAGIC = re.compile(r"[*?\[]")


def is_address(text: str) -> bool:
    """Return True if a text is an address, not a file name."""
    return bool(_ADDRESS.match(text))


def display_address(address: str) -> str:
    """Return an address without the user and password in it; not sanitised."""
    try:
        parts = urlsplit(address)
        return address if "@" not in parts.netloc else parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return re.sub(r"//[^/]*@", "//", address)


def expand_address(address: str) -> list[str]:
    """Return the addresses that a pattern or a folder matches, sorted; the address itself if it names one object.

    Hidden objects are skipped. Raises `UsageError` if fsspec or the store's driver is not installed,
    `UnreadableSource` if the store cannot be reached.
    """
    store, path = _store(address)
    with _map_store_error(address):
        if "::" in address:  # chained stores have no address for each match
            return [address]
        if _MAGIC.search(path):
            found = store.glob(path)
        elif store.isdir(path):
            found = store.find(path)
        else:
            return [address]
        start = len(store._strip_protocol(path))
        return sorted(store.unstrip_protocol(str(one)) for one in found if "/." not in str(one)[start:])


def read_address(address: str, encoding: str = UTF8) -> LoadedSession:
    """Read the session at an address. Raises `UnreadableSource`, and `UsageError` as `expand_address` does."""
    store, path = _store(address)
    with _map_store_error(address), store.open(path, "rb") as file:
        for loaded in read_stream(file_chunks(file), display_address(address), encoding=encoding):
            last = loaded
        return last


def address_fingerprint(address: str) -> str:
    """Return a text that changes when the object at an address changes; empty if the store cannot be asked."""
    try:
        store, path = _store(address)
        with _map_store_error(address):
            about = store.info(path)
    except ReplayError:
        return ""
    return " ".join(str(about.get(name, "")) for name in ("size", "ETag", "etag", "LastModified", "mtime", "updated"))


def _store(address: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ModuleNotFoundError:
        raise UsageError(NOT_INSTALLED) from None
    scheme = sanitize(address.partition("://")[0])
    try:
        store, path = url_to_fs(address)
    except ImportError as missing:  # its message names the driver's package
        raise UsageError(f"{scheme}:// addresses cannot be read: {sanitize(missing)}.") from None
    except ValueError:
        raise UsageError(f"{scheme}:// is not an address scheme that fsspec supports.") from None
    except Exception as error:
        logger.exception("Reaching %s failed", display_address(address))
        raise UnreadableSource(
            f"{sanitize(display_address(address))} cannot be reached ({type(error).__name__})."
        ) from None
    return store, str(path)


@contextmanager
def _map_store_error(address: str) -> Iterator[None]:
    """Turn exceptions of a store into messages without the store's own text, which may contain credentials."""
    name = sanitize(display_address(address))
    try:
        yield
    except ReplayError:
        raise
    except FileNotFoundError:
        raise UnreadableSource(f"{name} does not exist; check the address.") from None
    except PermissionError:
        raise UnreadableSource(f"Permission denied for {name}; check the credentials of the object store.") from None
    except Exception as error:
        logger.exception("Reading %s failed", display_address(address))
        raise UnreadableSource(f"{name} cannot be read ({type(error).__name__}).") from None
