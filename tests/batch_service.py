"""A Batch API of our own, after OpenAI's reference: files, batches, their states, limits and errors; without a network.

Time is a function, so that days pass as fast as a test likes. What becomes of a batch is a `Fate`.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

HOUR: Final = 3600.0
_URLS: Final = ("/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/completions", "/v1/moderations")
_FINAL: Final = ("completed", "failed", "expired", "cancelled")

Json = dict[str, Any]
Replying = Callable[[Json], tuple[int, Json]]


class ApiError(Exception):
    """What the API answers with another status than 200."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        self.status = status
        self.body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
        super().__init__(message)


def always(_number: int) -> bool:
    return True


@dataclass(frozen=True)
class Fate:
    """What becomes of a batch: how long each of its states takes, how it ends, and which lines (from 0) are answered.

    `errors` make it fail at validation.
    """

    validating_s: float = 60.0
    running_s: float = 2 * HOUR
    finalizing_s: float = 60.0
    end: str = "completed"
    answers: Callable[[int], bool] = always
    errors: tuple[Json, ...] = ()


@dataclass
class Batch:
    """One batch as the service keeps it."""

    id: str
    input_file_id: str
    endpoint: str
    metadata: Json | None
    created_at: float
    fate: Fate
    lines: list[Json]
    errors: list[Json]
    cancelled_at: float | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    done: bool = False
    completed: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Limits:
    """The API's own limits."""

    requests: int = 50_000
    size: int = 200_000_000


@dataclass
class BatchService:
    """The service. `answered` counts, for each request body, how often it was answered with a status of 200."""

    reply: Replying
    now: Callable[[], float]
    fate: Callable[[int], Fate] = lambda _number: Fate()
    limits: Limits = field(default_factory=Limits)
    files: dict[str, tuple[Json, bytes]] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    answered: Counter[str] = field(default_factory=Counter)

    def upload(self, name: str, content: bytes, purpose: str) -> Json:
        if purpose != "batch":
            raise ApiError(400, f"{purpose!r} is not one of the purposes")
        if not name.endswith(".jsonl"):
            raise ApiError(400, "Invalid file format for Batch API. Must be .jsonl")
        if len(content) > self.limits.size:
            raise ApiError(400, "Batch input files may be no larger than 200 MB")
        return self._keep(f"file-{len(self.files) + 1}", name, content, purpose)

    def _keep(self, file_id: str, name: str, content: bytes, purpose: str) -> Json:
        record = {
            "id": file_id,
            "object": "file",
            "bytes": len(content),
            "created_at": int(self.now()),
            "filename": name,
            "purpose": purpose,
            "status": "processed",
            "expires_at": int(self.now() + 30 * 24 * HOUR),
        }
        self.files[file_id] = (record, content)
        return record

    def file(self, file_id: str) -> tuple[Json, bytes]:
        if file_id not in self.files:
            raise ApiError(404, f"No such File object: {file_id}")
        return self.files[file_id]

    def delete(self, file_id: str) -> Json:
        self.file(file_id)
        del self.files[file_id]
        return {"id": file_id, "object": "file", "deleted": True}

    def create(self, asked: Mapping[str, Any]) -> Json:
        if asked.get("completion_window") != "24h":
            raise ApiError(400, "Invalid value for completion_window: wanted 24h")
        if asked.get("endpoint") not in _URLS:
            raise ApiError(400, f"Invalid value for endpoint: {asked.get('endpoint')}")
        metadata = asked.get("metadata")
        if metadata and (len(metadata) > 16 or any(len(k) > 64 or len(v) > 512 for k, v in metadata.items())):
            raise ApiError(400, "Invalid metadata")
        record, content = self.file(str(asked.get("input_file_id")))
        if record["purpose"] != "batch":
            raise ApiError(400, "The input file has another purpose than batch")
        number = len(self.batches) + 1
        lines, errors = self._validated(content, asked["endpoint"])
        fate = self.fate(number)
        batch = Batch(
            f"batch_{number}",
            record["id"],
            asked["endpoint"],
            metadata,
            self.now(),
            fate,
            lines,
            [*errors, *fate.errors],
        )
        self.batches[batch.id] = batch
        return self._record(batch)

    def _validated(self, content: bytes, endpoint: str) -> tuple[list[Json], list[Json]]:
        """Check a file as the API does, line by line."""
        lines: list[Json] = []
        errors: list[Json] = []
        seen: set[str] = set()
        model: str | None = None
        for number, data in enumerate(content.splitlines(), 1):
            try:
                line = json.loads(data)
            except ValueError:
                errors.append(_problem("invalid_json_line", "This line is not parseable as valid JSON.", number))
                continue
            name, body = line.get("custom_id"), line.get("body") or {}
            model = model or body.get("model")
            wrong = {
                "invalid_custom_id": not isinstance(name, str) or len(name) > 64,
                "duplicate_custom_id": name in seen,
                "mismatched_endpoint": line.get("url") != endpoint,
                "invalid_method": line.get("method") != "POST",
                "mismatched_model": body.get("model") != model,
                "stream_not_allowed": bool(body.get("stream")),
            }
            errors += [_problem(code, f"line {number}: {code}", number) for code, is_so in wrong.items() if is_so]
            seen.add(str(name))
            lines.append(line)
        if not content:
            errors.append(_problem("empty_file", "The batch file is empty."))
        if len(lines) > self.limits.requests:
            errors.append(_problem("too_many_tasks", f"The batch has more than {self.limits.requests} requests."))
        return lines, errors

    def retrieve(self, batch_id: str) -> Json:
        if batch_id not in self.batches:
            raise ApiError(404, f"No batch found with id '{batch_id}'.")
        return self._record(self.batches[batch_id])

    def listing(self, limit: int = 20, after: str | None = None) -> Json:
        newest = list(reversed(self.batches.values()))
        begin = 0 if after is None else [batch.id for batch in newest].index(after) + 1
        page = [self._record(batch) for batch in newest[begin : begin + limit]]
        return {
            "object": "list",
            "data": page,
            "first_id": page[0]["id"] if page else None,
            "last_id": page[-1]["id"] if page else None,
            "has_more": begin + limit < len(newest),
        }

    def cancel(self, batch_id: str) -> Json:
        status = self.retrieve(batch_id)["status"]
        if status in _FINAL:
            raise ApiError(400, f"Cannot cancel a batch with status '{status}'.")
        self.batches[batch_id].cancelled_at = self.now()
        return self.retrieve(batch_id)

    def status(self, batch: Batch) -> str:
        fate, age = batch.fate, self.now() - batch.created_at
        if age < fate.validating_s:
            return "validating"
        if batch.errors:
            return "failed"
        if batch.cancelled_at is not None:
            return "cancelling" if self.now() < batch.cancelled_at + fate.finalizing_s else "cancelled"
        running_s = 24 * HOUR if fate.end == "expired" else fate.running_s
        if age < fate.validating_s + running_s:
            return "in_progress"
        return "finalizing" if age < fate.validating_s + running_s + fate.finalizing_s else fate.end

    def _record(self, batch: Batch) -> Json:
        status = self.status(batch)
        if status in ("completed", "expired", "cancelled") and not batch.done:
            self._end(batch, status)
        shown = batch.errors if status == "failed" else []
        return {
            "id": batch.id,
            "object": "batch",
            "endpoint": batch.endpoint,
            "model": batch.lines[0]["body"].get("model") if batch.lines else None,
            "errors": {"object": "list", "data": shown} if shown else None,
            "input_file_id": batch.input_file_id,
            "completion_window": "24h",
            "status": status,
            "output_file_id": batch.output_file_id,
            "error_file_id": batch.error_file_id,
            "created_at": int(batch.created_at),
            "expires_at": int(batch.created_at + 24 * HOUR),
            "request_counts": self._counts(batch, status),
            "metadata": batch.metadata,
        }

    def _counts(self, batch: Batch, status: str) -> Json:
        if status in ("validating", "failed"):
            return {"total": 0, "completed": 0, "failed": 0}
        done = batch.completed
        if status == "in_progress":
            share = (self.now() - batch.created_at - batch.fate.validating_s) / batch.fate.running_s
            done = int(min(share, 1.0) * sum(batch.fate.answers(number) for number in range(len(batch.lines))))
        return {"total": len(batch.lines), "completed": done, "failed": batch.failed}

    def _end(self, batch: Batch, status: str) -> None:
        """Write the files of a batch; their lines are in another order than the requests were."""
        batch.done = True
        good: list[Json] = []
        bad: list[Json] = []
        for number, line in enumerate(batch.lines):
            record = {"id": f"batch_req_{batch.id}_{number}", "custom_id": line["custom_id"]}
            if not batch.fate.answers(number):
                code = {"expired": "batch_expired", "cancelled": "batch_cancelled"}.get(status)
                if code is not None:
                    message = "This request could not be executed before the completion window expired."
                    bad.append({**record, "response": None, "error": {"code": code, "message": message}})
                continue
            code_of_http, body = self.reply(line["body"])
            response = {"status_code": code_of_http, "request_id": f"req_{batch.id}_{number}", "body": body}
            (good if code_of_http == 200 else bad).append({**record, "response": response, "error": None})
            if code_of_http == 200:
                self.answered[json.dumps(line["body"], sort_keys=True)] += 1
        batch.completed, batch.failed = len(good), len(bad)
        batch.output_file_id = self._written(batch, "output", good)
        batch.error_file_id = self._written(batch, "error", bad)

    def _written(self, batch: Batch, kind: str, lines: list[Json]) -> str | None:
        if not lines:
            return None
        content = "".join(json.dumps(line) + "\n" for line in reversed(lines)).encode()
        name = f"{batch.id}_{kind}.jsonl"
        return str(self._keep(f"file-{kind}-{batch.id}", name, content, "batch_output")["id"])

    @property
    def requests(self) -> list[Json]:
        """Every request of every batch that was not refused, in order."""
        return [line for batch in self.batches.values() if not batch.errors for line in batch.lines]


def _problem(code: str, message: str, line: int | None = None) -> Json:
    return {"code": code, "message": message, "line": line, "param": None}
