"""Loopback gateway: a threading HTTP server and its routes."""

from __future__ import annotations

import base64
import contextlib
import secrets
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.gateway.answers import Answer, Refusal
from tests.support.gateway.faults import Fault, Faults
from tests.support.gateway.handler import Handler
from tests.support.gateway.listing import listed
from tests.support.gateway.live import LiveHub, store_event
from tests.support.gateway.people import PEOPLE, Person
from tests.support.gateway.reports import masking_report, rdp_detections, rdp_frames
from tests.support.gateway.reviews import FAILED, GO_MAP, check_run, decide, go_error, read_request
from tests.support.gateway.store import FIXTURES, Session, Store
from tests.support.gateway.streams import as_file, expanded

INVALID_UUID = 'ERROR: invalid input syntax for type uuid: "{}" (SQLSTATE 22P02)'
NO_DOWNLOAD = "user is not allowed to download this session"


def is_uuid(text: str) -> bool:
    """Return True if the gateway's database takes `text` as an id."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Seen:
    """Received request; `headers` have lower-case names."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: Any = None


@dataclass
class Link:
    """Issued download link."""

    token: str
    expires: datetime


@dataclass
class LoopbackGateway:
    """Context manager that runs the gateway at the address `url`; `seen` are all received requests.

    Tests use `store`, `live` and `fault()`. `organisation_key` is a legacy key for the header `Api-Key`; it acts as the
    first of `people`.
    """

    port: int = 0
    folder: Path | None = FIXTURES
    people: tuple[Person, ...] = PEOPLE
    organisation_key: str = "xapi-demo-organisation-key"
    downloads_disabled: bool = False
    clipboard_disabled: bool = False
    link_seconds: float = 300.0
    slow_runs: bool = False
    clock_ahead: float = 0.0
    """Seconds that the `Date` of the answers is ahead of this machine's clock."""
    run_output: str = "DELETE 12\n"
    agent_offline: bool = False
    """No agent is connected: runs fail, and no process holds an open session."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    tls: Any = None
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = Store(self.folder)
        self.live = LiveHub()
        self.links: dict[str, Link] = {}
        self.closing = threading.Event()
        self._faults = Faults()
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self._server.gateway = self  # type: ignore[attr-defined]
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls is not None else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> LoopbackGateway:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.closing.set()
        self.live.close()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()  # wakes the accepting thread
        self._thread.join()
        self._server.server_close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            self._server.handle_request()

    def serve(self) -> None:
        """Serve in this thread until interrupted."""
        self._server.serve_forever()

    def fault(self, path: str, *faults: Fault | None) -> None:
        """Apply faults to the next responses to `path`, which is relative to `/api`, as in `/sessions`."""
        self._faults.add(path, *faults)

    def mend(self, path: str) -> None:
        """End the faults of `path`."""
        self._faults.clear(path)

    def trouble(self, wanted: dict[str, Any]) -> None:
        """Apply the body of `POST /trouble`, for manual runs.

        It contains a `path` below `/api`, the number of `times` and the fields of a fault; or `drop`, the name or id of
        a session whose live connections are closed.
        """
        if name := wanted.pop("drop", None):
            self.live.drop(self.store.names.get(name, name))
        if path := wanted.pop("path", None):
            for name, session_id in self.store.names.items():
                path = path.replace(f"/{name}", f"/{session_id}")
            times = int(wanted.pop("times", 1))
            self.fault(path, *[Fault(**wanted)] * times)

    def take_fault(self, path: str) -> Fault:
        return self._faults.take(path)

    def asked(self, path: str) -> list[Seen]:
        """Return the requests received for `path`."""
        return [seen for seen in self.seen if seen.path == path]

    def session(self, name: str) -> Session:
        """Return a session by the name of its fixture or by its id."""
        return self.store.sessions[self.store.names.get(name, name)]

    def person(self, headers: dict[str, str]) -> Person:
        """Return the user of a request with these headers. Raises `Refusal`."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        for person in self.people:
            if kind == "Bearer" and secrets.compare_digest(person.token.encode(), token.encode()):
                return person
        if headers.get("api-key") == self.organisation_key:
            return self.people[0]
        raise Refusal(401, "access denied")

    def answer(self, seen: Seen) -> Answer:
        """Return the response to a request. Raises `Refusal`."""
        parts = seen.path.strip("/").split("/")
        if parts[0] == "sessions" and len(parts) >= 3 and parts[2] == "download":
            return self._download(parts[1], seen, script=parts[-1] == "input")
        person = self.person(seen.headers)
        match (seen.method, *parts):
            case ("GET", "userinfo"):
                return Answer(person.userinfo())
            case ("GET", "serverinfo"):
                return Answer(self._serverinfo())
            case ("GET", "connections", name):
                connection = self.store.connection(name)
                if connection is None:
                    raise Refusal(404, "not found")
                return Answer(connection.details())
            case ("GET", "reports", "sessions"):
                return Answer(masking_report(self.store, seen.params, self.now()))
            case ("GET", "sessions"):
                return Answer(listed(self.store, person, self.people, seen.params, self.now()))
            case ("GET", "sessions", session_id):
                return self._session(session_id, person, seen.params)
            case ("GET", "sessions", session_id, "result", "stream"):
                session = self._found(session_id, person)
                if not person.reads_stream(session):
                    raise Refusal(403, "user is not allowed to stream this session")
                return Answer(as_file(session, seen.params), content_type="text/plain; charset=utf-8")
            case ("GET", "sessions", session_id, "rdp-frames"):
                return Answer(rdp_frames(self._any(session_id, "session not found"), person, seen.params))
            case ("GET", "sessions", session_id, "rdp-detections"):
                return Answer(rdp_detections(self._any(session_id, "session not found"), person))
            case ("PUT", "sessions" | "reviews", session_id, *_) | ("GET", "reviews", session_id):
                return self._review(session_id, person, seen)
            case ("POST", "sessions", session_id, "exec"):
                return self._run(session_id, person)
            case ("POST", "sessions", session_id, "kill"):
                return self._kill(session_id, person)
            case ("PATCH", "sessions", session_id, "metadata"):
                return self._set_metadata(session_id, person, seen.body)
        raise Refusal(404, "404 page not found")

    def _any(self, session_id: str, missing: str = "not found") -> Session:
        if not is_uuid(session_id):
            raise Refusal(500, "failed fetching session")
        session = self.store.get(session_id)
        if session is None:
            raise Refusal(404, missing)
        return session

    def _found(self, session_id: str, person: Person, missing: str = "not found") -> Session:
        session = self._any(session_id, missing)
        if not person.sees(session):
            raise Refusal(403, "user is not allowed to access this session")
        return session

    def _review(self, key: str, person: Person, seen: Seen) -> Answer:
        """Read or decide a review by its own id or by its session's."""
        if person.is_auditor and seen.method == "PUT":
            raise Refusal(403, "access denied")
        session = self.store.get(key) or self.store.by_review(key)
        if seen.method == "GET":
            if not is_uuid(key):
                raise Refusal(500, f"failed fetching review: {INVALID_UUID.format(key)}")
            if session is None or not session.get("review"):
                raise Refusal(404, "resource not found")
            return Answer({**session["review"], "session": session["id"]})
        read_request(seen.body)
        if not is_uuid(key):
            raise Refusal(500, f"{FAILED}failed obtaining review, err={INVALID_UUID.format(key)}")
        if session is None:
            raise Refusal(500, f"{FAILED}review not found")
        return Answer(decide(session, self.store.connection(session["connection"]), person, seen.body, self.now()))

    def _set_metadata(self, session_id: str, person: Person, body: Any) -> Answer:
        if person.is_auditor:
            raise Refusal(403, "access denied")
        metadata = body.get("metadata") if isinstance(body, dict) else None
        if metadata is not None and not isinstance(metadata, dict):
            raise Refusal(400, go_error(metadata, f"SessionUpdateMetadataRequest.metadata {GO_MAP}"))
        if not is_uuid(session_id):
            raise Refusal(500, f"failed to update session metadata: {INVALID_UUID.format(session_id)}")
        session = self.store.get(session_id)
        # The gateway looks the session up by its owner's e-mail.
        if session is None or metadata is None or session.get("user") != person.id:
            raise Refusal(404, "not found")
        session["metadata"] = metadata
        return Answer(None, 204)

    def follow(self, session_id: str, headers: dict[str, str]) -> Session:
        """Return the session of a live subscription. Raises `Refusal`."""
        return self._found(session_id, self.person(headers), "session not found")

    def _serverinfo(self) -> dict[str, Any]:
        return {
            "version": "unknown",
            "disable_sessions_download": self.downloads_disabled,
            "disable_clipboard_copy_cut": self.clipboard_disabled,
            "api_url": self.url,
            "tenancy_type": "selfhosted",
        }

    def _session(self, session_id: str, person: Person, params: dict[str, str]) -> Answer:
        session = self._found(session_id, person)
        extension = params.get("extension")
        if not extension:
            return Answer(expanded(self.store, session, person, params))
        if self.downloads_disabled or not person.reads_stream(session):
            raise Refusal(403, NO_DOWNLOAD, with_status=True)
        script = params.get("blob-type") == "session_input"
        link = Link(secrets.token_hex(32), self.now() + timedelta(seconds=self.link_seconds))
        self.links[session_id] = link
        carried = "&".join(
            f"{name}={params.get(name, '')}" for name in ("extension", "newline", "event-time", "events")
        )
        route = "download/input" if script else "download"
        url = f"{self.url}/api/sessions/{session_id}/{route}?token={link.token}{'' if script else '&' + carried}"
        return Answer({"download_url": url, "expire_at": link.expires.isoformat().replace("+00:00", "Z")})

    def _download(self, session_id: str, seen: Seen, *, script: bool) -> Answer:
        link = self.links.pop(session_id, None)
        if link is None:
            raise Refusal(404, "not found", with_status=True)
        if self.now() > link.expires:
            raise Refusal(410, "session download link expired", with_status=True)
        if link.token != seen.params.get("token"):
            raise Refusal(401, "unauthorized", with_status=True)
        session = self.store.sessions[session_id]
        content = (session.get("script") or {}).get("data", "").encode() if script else as_file(session, seen.params)
        return Answer(content, content_type="application/octet-stream")

    def _run(self, session_id: str, person: Person) -> Answer:
        if person.is_auditor:
            raise Refusal(403, "access denied")
        session = self.store.get(session_id)
        if session is None:
            raise Refusal(500, "failed retrieving review")
        check_run(session, self.store.connection(session["connection"]), person, self.now())
        said = {"has_review": False, "session_id": session_id, "output": self.run_output, "output_status": "success"}
        said |= {"truncated": False, "execution_time": 50_000, "exit_code": 0, "ai_analysis": None}
        if self.agent_offline:
            session["review"]["status"] = "EXECUTED"
            offline = "rpc error: code = FailedPrecondition desc = agent is offline"
            return Answer({**said, "output": offline, "output_status": "failed", "exit_code": -2})
        if self.slow_runs:
            session["review"]["status"] = "PROCESSING"
            return Answer({**said, "output": "", "output_status": "running", "exit_code": None}, 202)
        session["review"]["status"] = "EXECUTED"
        session.update(status="done", exit_code=0, end_date=self.now().isoformat())
        store_event(session, 0.05, "o", self.run_output.encode(errors="replace"))
        return Answer(said)

    def _kill(self, session_id: str, person: Person) -> Answer:
        """End a session. The gateway overwrites the stream of one that no process holds, finished ones too."""
        if person.is_auditor:
            raise Refusal(403, "access denied")
        session = self._any(session_id, "session not found")
        if not (person.is_admin or person.owns(session)):
            raise Refusal(404, "session not found")
        if session["status"] == "open" and not self.agent_offline:
            self.live.end(session)
            return Answer(None, 204)
        session.update(status="done", exit_code=254, end_date=self.now().isoformat().replace("+00:00", "Z"))
        session["event_stream"] = [[0, "e", base64.b64encode(b"no log found on disk").decode()]]
        return Answer(None, 204)
