"""Frames of the ZMODEM protocol, as `sz` and `rz` send them."""

from __future__ import annotations

import binascii


def hex_header(kind: int, position: int = 0) -> bytes:
    packed = bytes((kind,)) + position.to_bytes(4, "little")
    return b"**\x18B" + (packed + binascii.crc_hqx(packed, 0).to_bytes(2)).hex().encode() + b"\r\x8a\x11"


def escape(data: bytes) -> bytes:
    risky = b"\x10\x11\x13\x18\x90\x91\x93\x98\r\x8d"
    return b"".join(bytes((0x18, byte ^ 0x40)) if byte in risky else bytes((byte,)) for byte in data)


def binary_header(kind: int, *, wide: bool) -> bytes:
    packed = bytes((kind, 0, 0, 0, 0))
    checksum = binascii.crc32(packed).to_bytes(4, "little") if wide else binascii.crc_hqx(packed, 0).to_bytes(2)
    return b"*\x18" + (b"C" if wide else b"A") + escape(packed + checksum)


def subpacket(data: bytes, end: bytes, *, wide: bool) -> bytes:
    checked = data + end
    checksum = binascii.crc32(checked).to_bytes(4, "little") if wide else binascii.crc_hqx(checked, 0).to_bytes(2)
    return escape(data) + b"\x18" + end + escape(checksum)


def sent_file(content: bytes) -> bytes:
    """Return what the sender of one file sends, from the file's name to the end of the session."""
    named = binary_header(4, wide=False) + subpacket(b"name.txt\x00100 0\x00", b"k", wide=False)
    return named + binary_header(10, wide=False) + subpacket(content, b"h", wide=False) + hex_header(8)
