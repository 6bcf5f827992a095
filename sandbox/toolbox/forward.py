"""Carry connections from 127.0.0.1 to the host's allow-list proxy, in a thread of its own."""

from __future__ import annotations

import selectors
import socket
import threading

PORT = 3128
_CHUNK = 64 * 1024


def start(socket_path: str) -> dict[str, str]:
    """Begin to listen; gives the environment that makes programs use it."""
    listener = socket.create_server(("127.0.0.1", PORT), backlog=64)
    thread = threading.Thread(target=_serve, args=(listener, socket_path), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{PORT}"
    names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
    here = "localhost,127.0.0.1,::1"
    return {**dict.fromkeys(names, url), "no_proxy": here, "NO_PROXY": here}


def _serve(listener: socket.socket, socket_path: str) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    _accept(listener, socket_path, selector)
                else:
                    source, target = key.data
                    _carry(source, target, selector)


def _accept(listener: socket.socket, socket_path: str, selector: selectors.BaseSelector) -> None:
    inner, _ = listener.accept()
    outer = socket.socket(socket.AF_UNIX)
    try:
        outer.connect(socket_path)
    except OSError:
        inner.close()
        outer.close()
        return
    for one, other in ((inner, outer), (outer, inner)):
        # A peer that takes nothing for a minute is cut off, or it would hold up all others.
        one.settimeout(60)
        selector.register(one, selectors.EVENT_READ, (one, other))


def _carry(source: socket.socket, target: socket.socket, selector: selectors.BaseSelector) -> None:
    """Pass on what came; the end of one direction leaves the other open."""
    try:
        chunk = source.recv(_CHUNK)
        if chunk:
            target.sendall(chunk)
            return
        target.shutdown(socket.SHUT_WR)
    except OSError:
        _drop(source, selector)
        _drop(target, selector)
        return
    selector.unregister(source)
    if target.fileno() not in selector.get_map():
        source.close()
        target.close()


def _drop(one: socket.socket, selector: selectors.BaseSelector) -> None:
    if one.fileno() in selector.get_map():
        selector.unregister(one)
    one.close()
