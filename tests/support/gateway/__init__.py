"""Loopback Hoop gateway with real HTTP, for tests and manual runs.

Implements the part of the contract that the program uses: authorisation, the session list with filters and paging, a
session with every parameter, chunked bodies without a length, single-use download links, live events, review rules,
run, kill and metadata. Any response can be replaced or damaged on demand: see `faults.Fault`.
"""

from tests.support.gateway.faults import Fault
from tests.support.gateway.people import ADMIN, ADMIN_OWNER, AUDITOR, OWNER, PEOPLE, REVIEWER, Person
from tests.support.gateway.server import LoopbackGateway

__all__ = ["ADMIN", "ADMIN_OWNER", "AUDITOR", "OWNER", "PEOPLE", "REVIEWER", "Fault", "LoopbackGateway", "Person"]
