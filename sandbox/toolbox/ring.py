"""Keep the beginning and the end of an output of any length, and count all of it."""

from __future__ import annotations

HEAD = TAIL = 64 * 1024  # bytes


class Ring:
    """The head and the tail of a stream of bytes."""

    def __init__(self) -> None:
        self.size = 0
        self._head = bytearray()
        self._tail = bytearray()

    def add(self, chunk: bytes) -> None:
        """Take in the next bytes."""
        self.size += len(chunk)
        room = HEAD - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        if chunk:
            self._tail += chunk
            if len(self._tail) > 2 * TAIL:
                del self._tail[:-TAIL]

    def text(self) -> str:
        """What was kept, as UTF-8; a gap is marked with the number of bytes left out."""
        tail = self._tail[-TAIL:]
        missing = self.size - len(self._head) - len(tail)
        gap = f"\n[... {missing} bytes left out ...]\n" if missing else ""
        if not missing:
            return (self._head + tail).decode(errors="replace")
        return self._head.decode(errors="replace") + gap + tail.decode(errors="replace")
