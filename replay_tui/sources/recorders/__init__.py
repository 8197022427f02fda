"""Readers for recordings of other tools (`script`, ttyrec, tlog and others), one module per format; see `registry`."""
