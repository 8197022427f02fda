"""Addresses in object stores (`s3://bucket/folder/`, `gs://...`), read through fsspec, which is an optional extra."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from replay_tui.domain.display_text import sanitize
from replay_tui.domain.errors import ReplayError, UnreadableSource, UsageError
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.text_encoding import UTF8
from replay_tui.sources import LoadedSession, read_stream
from replay_tui.sources.beside import Beside
from replay_tui.sources.chunk_reader import file_chunks

logger = logging.getLogger(__name__)
NOT_INSTALLED = (
    "Addresses such as s3://bucket/folder need the extra `s3`, `gs` or `fsspec`: in the clone, pip install '.[s3]'."
)
_ADDRESS = lazy_compile(r"^[A-Za-z][A-Za-z0-9+.-]*(?:::[^:]*)*://")
_MAGIC = lazy_compile(r"[*?\[]")


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
        shown = sorted(str(one) for one in found if "/." not in str(one)[start:])
        return [store.unstrip_protocol(one) for one in _without_companions(store, shown)]


def read_address(address: str, encoding: str = UTF8) -> LoadedSession:
    """Read the session at an address. Raises `UnreadableSource`, and `UsageError` as `expand_address` does."""
    store, path = _store(address)
    with _map_store_error(address), store.open(path, "rb") as file:
        beside = Beside(path, open_file=_opener(store, path.rpartition("/")[0]))
        for loaded in read_stream(file_chunks(file), display_address(address), encoding=encoding, beside=beside):
            last = loaded
        return last


def _opener(store: Any, folder: str) -> Callable[[str], BinaryIO]:
    """Return a function that opens a file in `folder` by its name, or raises `OSError`. The folder is listed once."""
    names: set[str] = set()

    def open_file(name: str) -> BinaryIO:
        try:
            if not names:
                names.update(str(one).rpartition("/")[2] for one in store.ls(folder, detail=False))
            if name in names:
                file: BinaryIO = store.open(f"{folder}/{name}", "rb")
                return file
        except Exception as error:
            logger.exception("Reading a file beside a session failed")
            names.add("")  # a folder that cannot be listed is not listed again for every name
            raise OSError(str(type(error).__name__)) from None
        raise FileNotFoundError(name)

    return open_file


def _without_companions(store: Any, paths: Sequence[str]) -> list[str]:
    """Return the paths without those that are read together with another one in the same folder."""
    from replay_tui.sources.recorders.companions import without_companions  # loads the readers

    folders: dict[str, list[str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, []).append(name)
    kept = {
        f"{folder}/{name}"
        for folder, names in folders.items()
        for name in without_companions(names, _opener(store, folder))
    }
    return [path for path in paths if path in kept]


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
