"""Decoder for `exec` sessions: statements of the script, split by the rules of its language."""

from __future__ import annotations

from replay_tui.decoders.decode_result import DecodeResult, StatementBuilder
from replay_tui.decoders.mongo import describe_command, read_command
from replay_tui.decoders.payload_buffer import input_payloads
from replay_tui.decoders.shell_splitter import split_script
from replay_tui.decoders.sql.classify import classify
from replay_tui.decoders.sql.split import split_sql
from replay_tui.decoders.sql.text_decoder import DIALECTS
from replay_tui.decoders.tsv_table import looks_tabular, output_bytes, read_table
from replay_tui.domain.event_stream import EventStream
from replay_tui.domain.lazy_regex import lazy_compile
from replay_tui.domain.session import Session

SHELLS = frozenset(("bash", "sh", "zsh", "ssh", "command-line", "kubectl", "kubernetes", "linux-vm", "docker-exec"))
_LANGUAGES = frozenset(
    ("python", "nodejs", "node", "ruby", "rails", "ruby-on-rails", "elixir", "php", "clojure", "django")
)
_MONGO = frozenset(("mongodb", "mongo"))
_MONGO_CALL = lazy_compile(
    r"\bdb\.(?:getCollection\(['\"]([^'\"]+)['\"]\)|([\w$]+))(?:\.([\w$]+))?(?:\.([\w$]+))?\s*\("
)
_MONGO_KINDS = {
    "read": "find findOne aggregate count countDocuments estimatedDocumentCount distinct stats getIndexes explain",
    "dml": "insert insertOne insertMany update updateOne updateMany replaceOne remove deleteOne deleteMany bulkWrite "
    "save findOneAndUpdate findOneAndReplace findOneAndDelete findAndModify",
    "ddl": "drop dropDatabase createCollection createIndex createIndexes dropIndex dropIndexes renameCollection",
    "admin": "createUser dropUser updateUser grantRolesToUser revokeRolesFromUser createRole dropRole shutdownServer "
    "runCommand adminCommand",
}  # fmt: skip
_MONGO_KIND_OF = {verb: kind for kind, verbs in _MONGO_KINDS.items() for verb in verbs.split()}


def script_text(session: Session, stream: EventStream) -> str:
    """Return the session's script; if it has none, the text of its input events."""
    return session.script_text or input_payloads(stream).data.decode("utf-8", "replace")


def script_language(session: Session) -> str:
    """Return the language of the script: an SQL dialect, `mongodb`, `shell` or `other`."""
    names = [(name or "").lower() for name in (session.fields.connection_subtype, session.fields.type)]
    for name in names:
        if name in DIALECTS:
            return DIALECTS[name]
        if name in _MONGO:
            return "mongodb"
        if name in _LANGUAGES:
            return "other"
    if "database" in names:
        return "postgres"
    if any(name in SHELLS for name in names) or set(names) <= {"", "application", "custom"}:
        return "shell"
    return "other"


def decode_exec(session: Session, stream: EventStream) -> DecodeResult:
    """Return the statements of the script, all at time 0, and its output as a table if it is tabular."""
    out, script, language = StatementBuilder(), script_text(session, stream), script_language(session)
    if language == "shell":
        for piece in split_script(script):
            out.add(0.0, "shell", piece, verb=_first_word(piece))
    elif language == "mongodb":
        for piece in split_sql(script, "mysql"):
            _add_mongo_call(out, piece)
    elif language == "other":
        if script.strip():
            out.add(0.0, "script", script.strip(), verb=_first_word(script))
    else:
        for piece in split_sql(script, language, script=True):
            kind, verb = classify(piece, language)
            out.add(0.0, kind, piece, verb=verb)
    output = output_bytes(stream)
    table = read_table(output) if looks_tabular(output, database=language in DIALECTS.values()) else None
    return DecodeResult(out.close(), table=table, decoder=f"script-{language}")


def _add_mongo_call(out: StatementBuilder, piece: str) -> None:
    """Add a command in JSON or a call of the MongoDB shell."""
    command = read_command(piece.rstrip(";"))
    if command is not None:
        kind, verb, details = describe_command(command)
        out.add(0.0, kind, piece, verb=verb, details=details)
        return
    found = _MONGO_CALL.search(piece[:10_000])
    verb = next((part for part in (found[3], found[2]) if part in _MONGO_KIND_OF), "") if found else ""
    target = (found[1] or (found[2] if found[3] else "")) if found else ""
    details = {"collection": target} if target else {}
    out.add(0.0, _MONGO_KIND_OF.get(verb, "script"), piece, verb=verb, details=details)


def _first_word(text: str) -> str:
    words = text.split(None, 1)
    return words[0][:64] if words else ""
