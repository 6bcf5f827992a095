"""The channel: frames of two big-endian uint32 (JSON length, blob length), JSON, blob.

Pack and file bytes travel as the blob, never inside the JSON. The two file descriptors are
private to this process, so that no command can read requests or forge replies.
"""

from __future__ import annotations

import json
import os
import struct
from collections import deque

TYPE_CHECKING = False  # typing itself would cost every start 4 ms
if TYPE_CHECKING:
    from typing import Any

_HEADER = struct.Struct(">II")
_CHUNK = 1 << 18


class Closed(Exception):
    """The host hung up."""


class Request:
    """One request: its fields and its blob."""

    def __init__(self, fields: dict[str, Any], blob: bytes) -> None:
        self.id: int = fields["id"]
        self.op: str = fields["op"]
        self.fields = fields
        self.blob = blob


class Wire:
    """Frames over a pair of file descriptors."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader = reader
        self._writer = writer
        self._buffer = bytearray()
        self.requests: deque[Request] = deque()

    def fill(self) -> None:
        """Read what is there (blocks when nothing is) and queue the requests it completes."""
        chunk = os.read(self.reader, _CHUNK)
        if not chunk:
            raise Closed
        self._buffer += chunk
        while len(self._buffer) >= _HEADER.size:
            json_size, blob_size = _HEADER.unpack_from(self._buffer)
            blob_at = _HEADER.size + json_size
            end = blob_at + blob_size
            if len(self._buffer) < end:
                return
            fields = json.loads(self._buffer[_HEADER.size : blob_at])
            self.requests.append(Request(fields, bytes(self._buffer[blob_at:end])))
            del self._buffer[:end]

    def take_cancel(self, request_id: int) -> bool:
        """Whether a cancellation of that request has come in; it is taken off the queue."""
        for request in self.requests:
            if request.op == "cancel" and request.fields.get("target") == request_id:
                self.requests.remove(request)
                return True
        return False

    def send(self, fields: dict[str, Any], blob: bytes = b"") -> None:
        """Write one frame."""
        body = json.dumps(fields).encode()
        self._write(_HEADER.pack(len(body), len(blob)) + body)
        if blob:
            self._write(blob)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._writer, view) :]
            except BrokenPipeError:
                raise Closed from None


def claim_channel() -> Wire:
    """Move standard input and output to private descriptors and put /dev/null in their place."""
    reader, writer = os.dup(0), os.dup(1)  # Python's dup makes them close-on-exec
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return Wire(reader, writer)
