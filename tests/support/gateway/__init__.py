"""A small Hoop gateway on loopback, of real HTTP: for tests and for trying the program by hand.

Faithful to the contract where this program looks: authorisation, the list with filters and paging, a session with every
parameter, a body in chunks without a length, download links for one use, live events, review rules, run, kill and
metadata. Any request can be made to fail on demand: see `faults.Fault`.
"""

from tests.support.gateway.faults import Fault
from tests.support.gateway.people import ADMIN, ADMIN_OWNER, AUDITOR, OWNER, PEOPLE, REVIEWER, Person
from tests.support.gateway.server import LoopbackGateway

__all__ = ["ADMIN", "ADMIN_OWNER", "AUDITOR", "OWNER", "PEOPLE", "REVIEWER", "Fault", "LoopbackGateway", "Person"]
