"""A server with OpenAI's API, asked over plain HTTP.

litellm and the openai package have nothing to translate for such a server, and take 4 ms of
computing for each reply; this takes less than 1.
"""

import json
import ssl
from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import Any

import httpx

from agentcli.models.endpoint import Endpoint
from agentcli.models.faults import CutStream

_DATA = "data:"
_END = "[DONE]"
_BODY = 4000  # characters of an error's body that are looked at


class Refused(Exception):
    """The server answered with an error. `response` has its headers, as far as there are any."""

    def __init__(self, status: int | None, body: str, response: httpx.Response | None) -> None:
        super().__init__(body[:_BODY])
        self.status_code = status
        self.response = response


class Piece(dict[str, Any]):
    """An object of JSON, read by attributes; None is what isn't there."""

    def __getattr__(self, name: str) -> Any:
        return self.get(name)


class Stream:
    """The chunks of one streamed completion.

    Raises Refused for an error in their midst, and CutStream when the connection breaks.
    """

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[Piece]:
        try:
            # To its end, also after the last chunk: only then the connection can be used again.
            async for line in self._response.aiter_lines():
                data = line.removeprefix(_DATA).strip()
                if not data or data == _END or not line.startswith(_DATA):
                    continue  # comments and event names, too
                piece = json.loads(data, object_hook=Piece)
                if piece.error:
                    raise Refused(None, data, self._response)
                yield piece
        except httpx.TransportError as error:
            raise CutStream(str(error) or "the connection broke") from error
        except json.JSONDecodeError as error:
            raise CutStream("a piece of it is no JSON") from error

    async def aclose(self) -> None:
        """Give the connection back; one that isn't read to its end is closed."""
        await self._response.aclose()


def open_client(endpoint: Endpoint) -> httpx.AsyncClient:
    """A client for one server, for as many calls at once as there are. Close it."""
    secure = (endpoint.api_base or "").startswith("https")
    return httpx.AsyncClient(
        headers={"Authorization": f"Bearer {endpoint.api_key}"},
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        trust_env=not endpoint.local,  # a proxy must not see what is meant for this machine
        verify=_certificates() if secure else False,
    )


async def stream_completion(
    client: httpx.AsyncClient, endpoint: Endpoint, body: Mapping[str, Any], timeout: float
) -> Stream:
    """Ask for a streamed completion. `timeout` in seconds is for each wait on the network.

    Raises Refused, and httpx.HTTPError where no answer comes.
    """
    url = f"{(endpoint.api_base or '').rstrip('/')}/chat/completions"
    request = client.build_request(
        "POST",
        url,
        content=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        timeout=timeout,
    )
    response = await client.send(request, stream=True)
    if response.is_success:
        return Stream(response)
    try:
        text = (await response.aread()).decode("utf-8", "replace")
    finally:
        await response.aclose()
    raise Refused(response.status_code, text or response.reason_phrase, response)


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: it takes 90 ms."""
    return ssl.create_default_context()
