"""`agentcli --serve`: the application in a browser, by textual-serve."""

import shlex
import sys

from agentcli.cli.say import echo
from agentcli.errors import UsageFault

_PORT = 8000


def serve(address: str) -> None:
    """Serve at HOST:PORT, HOST or PORT until interrupted. Raises UsageFault.

    Whoever can reach the address can work as the person who serves: nobody is asked for a name.
    """
    host, port = _parsed(address)
    try:
        from textual_serve.server import Server
    except ImportError as error:
        fix = "Install it: pip install 'agentcli[serve]'"
        raise UsageFault("The browser needs textual-serve.", fix) from error
    if host not in ("localhost", "127.0.0.1", "::1"):
        echo(f"Anybody who reaches {host}:{port} can work here as you.")
    command = f"{shlex.quote(sys.executable)} -m agentcli"
    Server(command, host=host, port=port, title="agentcli").serve()


def _parsed(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host and not port.isdigit():
        host, port = port, ""
    if port and not port.isdigit():
        raise UsageFault(f"{address!r} is no address.", "Say HOST:PORT, as localhost:8000.")
    return host or "localhost", int(port or _PORT)
