"""Shared test helpers: clocks, fixtures, hostile payloads, a loopback gateway, recorders of real programs."""
