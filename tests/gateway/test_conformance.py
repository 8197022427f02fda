"""The loopback gateway answers the recorded requests as the real gateway did. Differences are listed with reasons."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from replay_tui.gateway.gateway_url import GatewayUrl
from tests.support.fixtures import FIXTURES
from tests.support.gateway import LoopbackGateway
from tests.support.gateway.seed import Seed

RECORDED = FIXTURES / "conformance"
FILES = {
    "errors": 55, "list": 154, "session": 141, "review-sequences": 327, "downloads": 95, "changes": 75, "streams": 71,
}  # fmt: skip
Line = dict[str, Any]

NOT_SERVED = {
    "/publicserverinfo": "the program does not ask for it",
}
"""Routes that the loopback gateway does not have, with the reason."""
STATUS_ONLY = {
    "/userinfo": "the program reads id, name, email, role, groups and is_admin only",
    "/serverinfo": "the program reads the two permissions only",
    "/connections/": "the program reads the approval defaults only",
}
"""Routes whose answers have more fields than the program reads: the common fields are compared."""
PAGE_NOT_FOUND = "404 page not found"
"""Text of a route that does not exist; the loopback gateway sends it as JSON."""
DIFFERENT = {
    ("session", 65): "raw-queries of the Postgres wire format: only fixtures have recorded answers",
    ("streams", 35): "the recording had killed a session in changes.jsonl, so that one more ended on its day",
}
"""Recorded requests by file and line that are answered differently, with the reason."""
_MOMENT = re.compile(r"2026-11-30T13:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


def read_lines(name: str) -> list[Line]:
    return [json.loads(line) for line in gzip.decompress((RECORDED / f"{name}.jsonl.gz").read_bytes()).splitlines()]


@pytest.fixture
def seed() -> Seed:
    return Seed(RECORDED / "seed.gz")


@pytest.fixture
def gateway(seed: Seed) -> Iterator[LoopbackGateway]:
    people = tuple(seed.people.values())
    with LoopbackGateway(
        folder=None, people=people, agent_offline=True, now=lambda: seed.recorded_at, organisation_key=""
    ) as running:
        seed.fill(running.store)
        yield running


def reason_not_run(line: Line) -> str:
    """Return why a recorded request is not sent, an empty string if it is."""
    for part, reason in NOT_SERVED.items():
        if part in line["path"]:
            return reason
    if "more_sessions" in line.get("server", {}) and line["status"] == 200:
        return "needs 10,050 more sessions; test_session_list has a capped total"
    if (
        line["path"].endswith("/stream")
        and "result" not in line["path"]
        and ": connected" in line.get("answer_text", "")
    ):
        return "an endless answer; test_live_follower follows live streams"
    if line["name"].startswith("exec while it runs"):
        return "twelve requests at once; test_review_policy has a run during a run"
    return ""


def send(client: httpx.Client, gateway: LoopbackGateway, seed: Seed, line: Line, token: str) -> httpx.Response:
    person = seed.people.get(line["as"])
    headers = {"authorization": f"Bearer {person.token}"} if person else {}
    if line["as"] == "bad":
        headers = {"authorization": "Bearer not-a-token"}
    query = [(key, value) for key, values in line["query"].items() for value in _each(values)]
    query = [(key, token if value.startswith("<TOKEN") else value) for key, value in query]
    body = line["body"]
    content = None if body is None else str(body["_raw"]) if "_raw" in body else json.dumps(body)
    return client.request(
        line["method"], f"{gateway.url}/api{line['path']}", params=query, content=content, headers=headers
    )


def _each(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def normal(value: Any, url: str) -> Any:
    """Return an answer without what depends on the moment: times of the recording, new ids, tokens, addresses."""
    if isinstance(value, dict):
        made = {key: normal(item, url) for key, item in value.items() if key != "execution_time"}
        if isinstance(made.get("review_groups_data"), list):
            groups = [{**group, "id": ""} for group in made["review_groups_data"]]
            made["review_groups_data"] = sorted(groups, key=lambda group: str(group["group"]))
        if isinstance(made.get("items"), list):  # of a report, in no order
            made["items"] = sorted(made["items"], key=str)
        return made
    if isinstance(value, list):
        return [normal(item, url) for item in value]
    if isinstance(value, str):
        text = value.replace(url, "http://gateway.example.com:8009")
        text = re.sub(r"token=[0-9a-f]{64}", "token=<TOKEN>", text)
        return _MOMENT.sub("<moment>", text)
    return value


def difference(line: Line, response: httpx.Response, gateway: LoopbackGateway) -> str:
    """Return how the answer differs from the recorded one, an empty string if it does not."""
    if response.status_code != line["status"]:
        return f"status {response.status_code} instead of {line['status']}: {response.text[:200]}"
    if "answer_text" in line:
        if line["answer_text"].startswith("[{"):
            return _unequal(response.json(), json.loads(line["answer_text"]))
        same = response.text == line["answer_text"] or line["answer_text"] == PAGE_NOT_FOUND
        return "" if same else f"{response.text[:200]!r} instead of {line['answer_text'][:200]!r}"
    if "answer_base64" in line:
        import base64

        return "" if base64.b64encode(response.content).decode() == line["answer_base64"] else "other bytes"
    if line["answer"] is None:
        return "" if not response.content or response.text == "null" else f"{response.text[:100]!r} instead of nothing"
    given, recorded = normal(response.json(), gateway.url), normal(line["answer"], gateway.url)
    if "row_names" in line:
        names = {session_id: name for name, session_id in gateway.store.names.items()}
        rows = [names[row["id"]] for row in given["data"]]
        if rows != line["row_names"]:
            return f"rows {rows[:5]} instead of {line['row_names'][:5]}"
        given["data"] = given["data"][: len(recorded["data"])]
    if any(part in line["path"] for part in STATUS_ONLY):
        recorded = {key: value for key, value in recorded.items() if key in given}
    return _unequal(given, recorded)


def _unequal(given: Any, recorded: Any, at: str = "") -> str:
    if isinstance(given, dict) and isinstance(recorded, dict):
        parts = [_unequal(given.get(key, "-"), recorded.get(key, "-"), f"{at}.{key}") for key in {*given, *recorded}]
        return "; ".join(filter(None, parts))
    if isinstance(given, list) and isinstance(recorded, list) and len(given) == len(recorded):
        return "; ".join(
            filter(None, (_unequal(a, b, f"{at}[{n}]") for n, (a, b) in enumerate(zip(given, recorded, strict=True))))
        )
    return "" if given == recorded else f"{at}: {str(given)[:150]!r} instead of {str(recorded)[:150]!r}"


@pytest.mark.parametrize("name", FILES)
def test_loopback_gateway_answers_as_recorded(seed: Seed, gateway: LoopbackGateway, name: str) -> None:
    lines = read_lines(name)
    assert len(lines) == FILES[name]
    failures = []
    tokens: list[str] = []
    with httpx.Client(trust_env=False) as client:
        for number, line in enumerate(lines):
            if reason_not_run(line):
                continue
            used_late = "5 minutes later" in line.get("sequence", "") and line["name"] == "use of the link"
            moment = seed.recorded_at + timedelta(minutes=5.1 if used_late else 0)
            gateway.now = lambda moment=moment: moment
            switched = line.get("server", {})
            gateway.downloads_disabled = bool(switched.get("disable_sessions_download"))
            gateway.clipboard_disabled = bool(switched.get("disable_clipboard_copy_cut"))
            token = "wrong" if "a wrong token" in line.get("sequence", "") else tokens[-1] if tokens else ""
            if tokens and "of the first" in str(line["query"]):
                token = tokens[-2]
            response = send(client, gateway, seed, line, token)
            tokens += re.findall(r"token=([0-9a-f]{64})", response.text)
            found = difference(line, response, gateway)
            if (name, number) in DIFFERENT:
                assert found, f"{name} {number} does not differ any more"
            elif found:
                failures.append(f"{number} {line['name']}, as {line['as']}, {line['query'] or line['body']}: {found}")
    assert not failures, "\n".join(failures)


REAL_URL, REAL_TOKEN = "CONFORMANCE_APIURL", "CONFORMANCE_TOKEN"


@pytest.mark.skipif(REAL_URL not in os.environ or REAL_TOKEN not in os.environ, reason=f"set {REAL_URL}, {REAL_TOKEN}")
@pytest.mark.parametrize("name", ["errors", "list", "session"])
def test_real_gateway_answers_reads_as_recorded(name: str) -> None:
    """A gateway with the seed's sessions, asked by an administrator: same status and same fields."""
    address = GatewayUrl.parse(os.environ[REAL_URL])
    headers = {"authorization": f"Bearer {os.environ[REAL_TOKEN]}"}
    failures = []
    with httpx.Client() as client:
        for number, line in enumerate(read_lines(name)):
            if line["as"] != "admin" or line["method"] != "GET" or "more_sessions" in line.get("server", {}):
                continue
            query = [(key, value) for key, values in line["query"].items() for value in _each(values)]
            response = client.get(f"{address.api}{line['path']}", params=query, headers=headers)
            recorded = line.get("answer")
            if response.status_code != line["status"]:
                failures.append(f"{number} {line['name']}: {response.status_code} instead of {line['status']}")
            elif isinstance(recorded, dict) and set(response.json()) != set(recorded):
                failures.append(f"{number} {line['name']}: {sorted(set(response.json()) ^ set(recorded))}")
    assert not failures, "\n".join(failures)
