"""Hex dump of bytes."""

from __future__ import annotations

from collections.abc import Iterator

_PRINTABLE = "".join(chr(code) if 32 <= code < 127 else "." for code in range(256))


def hexdump_lines(data: bytes, offset: int = 0, width: int = 16) -> Iterator[str]:
    """Yield rows such as `00000000  51 00 00 00 0b 62 65 67  69 6e 3b 00              |Q....begin;.|`, plain ASCII.

    `offset` is the number of the first byte, `width` the number of bytes in a row.
    """
    digits = width * 3 + 1
    for start in range(0, len(data), width):
        row = data[start : start + width]
        left, right = row[: width // 2].hex(" "), row[width // 2 :].hex(" ")
        text = "".join(_PRINTABLE[byte] for byte in row)
        yield f"{offset + start:08x}  {f'{left}  {right}'.ljust(digits)} |{text}|"
