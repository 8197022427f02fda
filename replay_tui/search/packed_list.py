"""List whose older items are compressed in blocks, for the millions of texts that a large session displays.

A text of 80 characters takes 130 bytes as a Python string, and about 30 in a block. One thread appends while others
read.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import sub
from typing import Any, TypeVar, overload

import msgspec

Item = TypeVar("Item")
Blocks = list[tuple[int, bytes]]
"""Blocks as (number of items, compressed items)."""

BLOCK_ITEMS = 1024
"""Items of a block; half of it is 5 % larger, and reading one item decompresses a block (0.3 ms)."""
OPEN_ITEMS = 1024
"""Newest items that are not compressed, because they are read and replaced most."""
_encoder = msgspec.msgpack.Encoder()


class PackedList(Sequence[Item]):
    """List of items of one type that `msgspec` can encode. Items are appended and replaced, never removed."""

    def __init__(self, item_type: type[Item], blocks: Blocks | None = None) -> None:
        self._decoder = msgspec.msgpack.Decoder(list[item_type])  # type: ignore[valid-type]
        self._blocks: list[bytes] = []
        self._starts: list[int] = []  # number of the first item of each block
        self._open: tuple[int, list[Item]] = 0, []  # number of the first item that is in no block, and these items
        self._replaced: dict[int, dict[int, Item]] = {}  # by block and by number in the block
        self._last_read: tuple[int, int, int, list[Item]] = 0, 0, -1, []  # start, end, block, items when compressed
        self._add_blocks(blocks or [])

    def __len__(self) -> int:
        first, items = self._open
        return first + len(items)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            return list(self.between(start, stop))[::step] if step > 0 else list(self)[index]
        begin, end, block, items = self._last_read
        if begin <= index < end and block not in self._replaced:  # the fast path of a search
            return items[index - begin]
        index = range(len(self))[index]  # raises IndexError
        first, items = self._open
        if index >= first:
            return items[index - first]
        block = bisect_right(self._starts, index) - 1
        at = index - self._starts[block]
        replaced = self._replaced.get(block)
        return replaced[at] if replaced and at in replaced else self._read(block)[at]

    def __setitem__(self, index: int, item: Item) -> None:
        first, items = self._open
        if index >= first:
            items[index - first] = item
        else:
            block = bisect_right(self._starts, index) - 1
            self._replaced.setdefault(block, {})[index - self._starts[block]] = item

    def __iter__(self) -> Iterator[Item]:
        return self.between(0, len(self))

    def between(self, start: int, stop: int) -> Iterator[Item]:
        """Iterate over the items `start` to `stop`, each block decompressed once."""
        while start < stop:
            first, items = self._open
            if start >= first:
                yield from islice(items, start - first, stop - first)
                return
            block = bisect_right(self._starts, start) - 1
            begin, items = self._starts[block], self._read(block)
            if replaced := self._replaced.get(block):
                items = items.copy()
                for at, item in replaced.copy().items():
                    items[at] = item
            yield from islice(items, start - begin, stop - begin)
            start = begin + len(items)

    def append(self, item: Item) -> None:
        """Append an item."""
        self._open[1].append(item)
        if len(self._open[1]) >= BLOCK_ITEMS + OPEN_ITEMS:
            self._pack(BLOCK_ITEMS)

    def __iadd__(self, items: Iterable[Item]) -> PackedList[Item]:
        """Append items; those of another packed list are not decompressed."""
        if isinstance(items, PackedList):
            self._pack(len(self._open[1]))
            self._add_blocks(items.blocks())
        else:
            self._open[1].extend(items)
        while len(self._open[1]) >= BLOCK_ITEMS + OPEN_ITEMS:
            self._pack(BLOCK_ITEMS)
        return self

    def blocks(self) -> Blocks:
        """Compress all items and return the blocks. No other thread may read the list meanwhile."""
        self._pack(len(self._open[1]))
        for block, replaced in self._replaced.items():
            items = self._read(block)
            for at, item in replaced.items():
                items[at] = item
            self._blocks[block] = _compress(items)
        self._replaced, self._last_read = {}, (0, 0, -1, [])
        counts = map(sub, [*self._starts[1:], len(self)], self._starts)
        return [*zip(counts, self._blocks, strict=True)]

    def _pack(self, count: int) -> None:
        """Compress the first `count` of the open items. A reader in another thread sees them before or after."""
        first, items = self._open
        if count:
            self._blocks.append(_compress(items[:count]))
            self._starts.append(first)
            self._open = first + count, items[count:]

    def _add_blocks(self, blocks: Blocks) -> None:
        first, _ = self._open
        for count, data in blocks:
            self._blocks.append(data)
            self._starts.append(first)
            first += count
        self._open = first, []

    def _read(self, block: int) -> list[Item]:
        _, _, number, items = self._last_read
        if number != block:
            items = self._decoder.decode(zlib.decompress(self._blocks[block]))
            self._last_read = self._starts[block], self._starts[block] + len(items), block, items
        return items


def _compress(items: Sequence[Any]) -> bytes:
    return zlib.compress(_encoder.encode(items), 1)


def items_between(items: Sequence[Item], start: int, stop: int) -> Iterator[Item]:
    """Iterate over the items `start` to `stop` of a list, packed or not."""
    return items.between(start, stop) if isinstance(items, PackedList) else islice(items, start, stop)
