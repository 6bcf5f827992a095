"""The pieces of a streamed completion, read from the answer that litellm opened.

For a server with OpenAI's API neither litellm nor the openai package has anything to translate;
making objects of their types of every piece takes them most of a call's computing.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from agentcli.models.faults import CutStream

_DATA = "data:"
_END = "[DONE]"


class StreamError(Exception):
    """The server said in the middle of its answer that something went wrong."""


class Piece(dict[str, Any]):
    """An object of JSON, read by attributes; None is what isn't there."""

    def __getattr__(self, name: str) -> Any:
        return self.get(name)


async def pieces(response: httpx.Response) -> AsyncIterator[Piece]:
    """Each event of the answer. Raises StreamError, and CutStream where it is no JSON."""
    # To its end, also after the last piece: only then the connection can be used again.
    async for line in response.aiter_lines():
        data = line.removeprefix(_DATA).strip()
        if not data or data == _END or not line.startswith(_DATA):
            continue  # comments and event names, too
        try:
            piece = json.loads(data, object_hook=Piece)
        except json.JSONDecodeError as error:
            raise CutStream("a piece of it is no JSON") from error
        if piece.error:
            raise StreamError(data)
        yield piece
