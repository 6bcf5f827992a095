"""An OpenAI-compatible server that says what a script tells it to, faults included.

In tests: `with ScriptedServer([Turn("hello"), Fault(status=429)]) as server: server.base`.
By hand: `python -m tests.support.scripted_server --script turns.json --port 0` (prints its port;
the file holds a list of objects with the fields of Turn or Fault).
"""

import argparse
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

Json = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One good answer. A call's arguments are a dict, or a str sent as it is (malformed JSON)."""

    text: str = ""
    calls: Sequence[tuple[str, Json | str]] = ()
    usage: tuple[int, int, int] | None = (100, 20, 0)  # input, output, cached; None: not sent
    finish_reason: str | None = None  # None: tool_calls or stop, as fits
    latency: float = 0.0  # seconds before the first byte
    chunk: int = 24  # characters per streamed piece
    pause: float = 0.0  # seconds between streamed pieces
    thinking: str = ""


@dataclass(frozen=True)
class Fault:
    """One bad answer.

    `status`: an HTTP error. `reset`: the connection is reset, `cut`: the stream ends without
    finish reason and [DONE], `hang`: silence; these three after `after` pieces of `text`.
    """

    kind: Literal["status", "reset", "cut", "hang"] = "status"
    status: int = 500
    message: str = "the script says so"
    body: str | None = None  # instead of an error object that holds `message`
    headers: dict[str, str] = field(default_factory=dict)
    text: str = "some words before it breaks"
    after: int = 0


Answer = Turn | Fault
Script = Sequence[Answer] | Callable[[Json], Answer]


@dataclass(frozen=True)
class Recorded:
    """A request as it arrived; header names are in lower case.

    `monotonic` and `wall` are seconds, taken after its last byte; `finished` (monotonic) is when
    the last byte of the answer was handed to the kernel.
    """

    path: str
    body: Json
    headers: dict[str, str]
    monotonic: float
    wall: float
    finished: list[float]


class ScriptedServer:
    """Answers many clients at once on a loopback port. Close it, or use it as a context manager."""

    def __init__(
        self,
        script: Script,
        *,
        port: int = 0,
        models: Sequence[str] = ("scripted",),
        context: int = 32768,
        api_key: str | None = None,
        loop: bool = False,
    ) -> None:
        self._script = script
        self._loop = loop
        self.models = tuple(models)
        self.context = context
        self.api_key = api_key
        self.requests: list[Recorded] = []
        self.broken_pipes = 0  # clients that went away before their answer was complete
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._taken = 0
        self._http = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def base(self) -> str:
        """The API's base URL, as `--api-base` wants it."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def chats(self) -> list[Recorded]:
        """The requests for completions alone."""
        return [r for r in self.requests if r.path.endswith("/chat/completions")]

    def __enter__(self) -> "ScriptedServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and let hanging answers go."""
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()

    def record(self, path: str, body: Json, headers: dict[str, str]) -> Recorded:
        headers = {name.lower(): value for name, value in headers.items()}
        entry = Recorded(path, body, headers, time.monotonic(), time.time(), [])
        with self._lock:
            self.requests.append(entry)
        return entry

    def answer(self, request: Json) -> Answer:
        """The script's next turn. Past its end: an error that says so."""
        if callable(self._script):
            return self._script(request)
        with self._lock:
            number = self._taken
            self._taken += 1
        if self._loop and self._script:
            number %= len(self._script)
        if number < len(self._script):
            return self._script[number]
        return Fault(status=400, message=f"the script ends after {len(self._script)} turns")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], owner: ScriptedServer) -> None:
        self.owner = owner
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if isinstance(sys.exception(), ConnectionError):
            self.owner.broken_pipes += 1
        else:
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_GET(self) -> None:
        owner = self.server.owner
        owner.record(self.path, {}, dict(self.headers))
        if self.path.endswith("/models"):
            entries = [
                {"id": name, "object": "model", "meta": {"n_ctx": owner.context}}
                for name in owner.models
            ]
            self._send_json(200, {"object": "list", "data": entries})
        else:
            self._send_json(404, {"error": {"message": f"no {self.path} here"}})

    def do_POST(self) -> None:
        owner = self.server.owner
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request: Json = json.loads(data)
        entry = owner.record(self.path, request, dict(self.headers))
        if owner.api_key and self.headers.get("Authorization") != f"Bearer {owner.api_key}":
            error = {"message": "Incorrect API key provided.", "code": "invalid_api_key"}
            self._send_json(401, {"error": error})
            return
        if not self.path.endswith("/chat/completions"):
            self._send_json(404, {"error": {"message": f"no {self.path} here"}})
            return
        self._chat(request, owner.answer(request))
        entry.finished.append(time.monotonic())

    def _chat(self, request: Json, answer: Answer) -> None:
        model = str(request.get("model", ""))
        if isinstance(answer, Fault):
            self._fail(model, answer)
            return
        self._sleep(answer.latency)
        if not request.get("stream"):
            self._send_json(200, _whole(model, answer))
            return
        with_usage = bool((request.get("stream_options") or {}).get("include_usage"))
        self._start_stream()
        for piece in _pieces(model, answer, with_usage):
            self._send_event(json.dumps(piece))
            self._sleep(answer.pause)
        self._send_event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _fail(self, model: str, fault: Fault) -> None:
        if fault.kind == "status":
            body = fault.body
            if body is None:
                body = json.dumps({"error": {"message": fault.message, "code": fault.status}})
            self._send(fault.status, body.encode(), fault.headers)
            return
        if fault.after:
            self._start_stream(last=True)
            for piece in list(_pieces(model, Turn(fault.text, chunk=4), False))[: fault.after]:
                self._send_event(json.dumps(piece))
        self.close_connection = True
        match fault.kind:
            case "hang":
                self.server.owner.closing.wait(60)
            case "cut":
                self.wfile.write(b"0\r\n\r\n")
            case "reset":
                # Linger 0 makes close() send RST instead of FIN.
                option = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
                self.rfile.close()
                self.connection.close()

    def _sleep(self, seconds: float) -> None:
        if seconds:
            self.server.owner.closing.wait(seconds)

    def _start_stream(self, last: bool = False) -> None:
        """`last`: the connection is closed afterwards, so a client must not use it again."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        if last:
            self.send_header("Connection", "close")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _send_event(self, data: str) -> None:
        event = f"data: {data}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))

    def _send_json(self, status: int, body: Json) -> None:
        self._send(status, json.dumps(body).encode(), {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _reason(turn: Turn) -> str:
    return turn.finish_reason or ("tool_calls" if turn.calls else "stop")


def _arguments(arguments: Json | str) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def _tool_calls(turn: Turn) -> list[Json]:
    return [
        {
            "index": index,
            "id": f"call_{index}",
            "type": "function",
            "function": {"name": name, "arguments": _arguments(arguments)},
        }
        for index, (name, arguments) in enumerate(turn.calls)
    ]


def _usage(turn: Turn) -> Json | None:
    if turn.usage is None:
        return None
    given, made, cached = turn.usage
    return {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": given + made,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def _whole(model: str, turn: Turn) -> Json:
    message: Json = {"role": "assistant", "content": turn.text or None}
    if turn.calls:
        message["tool_calls"] = _tool_calls(turn)
    body: Json = {
        "id": "scripted",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": _reason(turn)}],
    }
    if turn.usage is not None:
        body["usage"] = _usage(turn)
    return body


def _pieces(model: str, turn: Turn, with_usage: bool) -> Iterator[Json]:
    """The turn as streamed chunks: role, thinking, text, calls in two halves, reason, usage."""
    base = {
        "id": "scripted",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
    }

    def chunk(delta: Json, reason: str | None = None) -> Json:
        return {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

    yield chunk({"role": "assistant", "content": ""})
    if turn.thinking:
        yield chunk({"reasoning_content": turn.thinking})
    for start in range(0, len(turn.text), turn.chunk):
        yield chunk({"content": turn.text[start : start + turn.chunk]})
    for call in _tool_calls(turn):
        function = call["function"]
        text = function["arguments"]
        half = len(text) // 2
        head = {**call, "function": {"name": function["name"], "arguments": text[:half]}}
        yield chunk({"tool_calls": [head]})
        rest = {"index": call["index"], "function": {"arguments": text[half:]}}
        yield chunk({"tool_calls": [rest]})
    yield chunk({}, _reason(turn))
    if with_usage and turn.usage is not None:
        yield {**base, "choices": [], "usage": _usage(turn)}


def read_script(path: Path) -> list[Answer]:
    """A script file: a list of objects; one with `kind` is a Fault, any other a Turn."""
    entries = json.loads(path.read_text("utf-8"))
    return [Fault(**entry) if "kind" in entry else Turn(**entry) for entry in entries]


def main() -> None:
    """Serve a script file until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--script", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--loop", action="store_true", help="start again after the last turn")
    given = parser.parse_args()
    with ScriptedServer(read_script(given.script), port=given.port, loop=given.loop) as server:
        print(server.port, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
