"""Hypothesis strategies for terminal output: text of every width, and sequences that move, clear, scroll, switch."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.support.hostile import SEQUENCES, payload_bytes

_NUMBER = st.integers(0, 99) | st.sampled_from([0, 1, 24, 80, 81, 255, 999, 65535, 65536, 10_000_000, 10**9])
_TEXT = st.text("abc xyz-=\\[]()漢字あé\u0301\u200d👍🏽❤️🇩🇪─│┌\u00a0", max_size=30)


def _csi(final: str, count: int = 2, lead: str = "") -> st.SearchStrategy[bytes]:
    return st.lists(_NUMBER, max_size=count).map(lambda ns: f"\x1b[{lead}{';'.join(map(str, ns))}{final}".encode())


_MODES = st.sampled_from([1, 3, 5, 6, 7, 25, 40, 47, 1047, 1048, 1049, 2004, 2026])

PIECES = st.one_of(
    _TEXT.map(str.encode),
    st.binary(max_size=6),
    st.sampled_from([b"\r", b"\n", b"\r\n", b"\b", b"\t", b"\x0e", b"\x0f", b"\x07", b"\x18", b"\x1a", b"\0"]),
    st.integers(1, 200).map(lambda n: b"w" * n),  # wraps, or leaves a wrap pending
    st.sampled_from("ABCDEFGHJKLMPSTXZ@`adefrsm").flatmap(_csi),
    _csi("b", 1),
    _csi("m", 6),
    st.tuples(_MODES, st.sampled_from("hl")).map(lambda one: f"\x1b[?{one[0]}{one[1]}".encode()),
    st.tuples(_MODES, _MODES).map(lambda two: f"\x1b[?{two[0]};{two[1]}h".encode()),
    st.sampled_from([b"\x1b[4h", b"\x1b[4l", b"\x1b[20h", b"\x1b[20l"]),
    st.sampled_from([b"\x1b7", b"\x1b8", b"\x1bD", b"\x1bM", b"\x1bE", b"\x1bH"]),
    st.sampled_from([b"\x1b(0", b"\x1b(B", b"\x1b)0", b"\x1b#8"]),
    st.sampled_from([b"\x1b[3;10r", b"\x1b[?6h", b"\x1b[g", b"\x1b[3g", b"\x1b[1 q", b"\x1b[?69h\x1b[4;20s"]),
    st.sampled_from([b"\x1b6", b"\x1b9", b"\x1b[2 @", b"\x1b[3 A", b"\x1b[2'}", b"\x1b[2'~", b"\x1b#8", b"\x1b[!p"]),
    st.sampled_from([b"\x1b[35;2;3;4;30$x", b"\x1b[1;5;9;60$z", b"\x1b[2;2;5;20${", b"\x1b[1;1;4;9;1;3;7;1$v"]),
    st.sampled_from([b"\x1b[2*x", b"\x1b[*x", b"\x1b[1;5;3;9;7$t", b"\x1b[1;5;3;9;1;4$r", b'\x1b[1"qkept\x1b[0"q']),
    st.sampled_from([b"\x1b[#{", b"\x1b[1;30#{", b"\x1b[#}", b"\x7f", b"\x1b]R", b"\x1b]P1ff0000", b"\x1bkname\x1b\\"]),
    st.sampled_from([b"_", b"a_b", b"\x0e_\x0f", b"\x1b(0_\x1b(B", b"\b\b\b", b"\x1b[7D", b'\x1b[64;1"p', b"\x1b[1;m"]),
    st.sampled_from([b"\x1b]10;#123456\x07", b"\x1b]11;rgb:f/0/8;red\x1b\\", b"\x1b]110\x07", b"\x1b]111\x1b\\"]),
    st.sampled_from(sorted(SEQUENCES)).map(payload_bytes),
)  # fmt: skip


def streams(max_pieces: int = 40) -> st.SearchStrategy[bytes]:
    """Return a strategy for bytes of up to `max_pieces` pieces."""
    return st.lists(PIECES, max_size=max_pieces).map(b"".join)


CUTS = st.lists(st.integers(0, 5000), max_size=30)
