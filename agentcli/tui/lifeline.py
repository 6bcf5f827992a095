"""What happens when the terminal is gone: its window closed, its connection lost, tmux killed.

Nobody is left to restore a screen for, and writing to it blocks or fails. So what runs have done
is landed, and the process leaves, without a word from the application's own loop.
"""

import os
import select
import signal
import threading
from collections.abc import Callable

_KEYBOARD = 0  # file descriptor
_HUNG_UP = 128 + signal.SIGHUP  # exit code, as a shell gives it


class Lifeline:
    """Watches the terminal. `land` is called once it is gone, in a thread of its own."""

    def __init__(self, land: Callable[[], None]) -> None:
        self._land = land
        self._leaving = threading.Lock()

    def watch(self) -> None:
        """Begin. A process that leads no session of its terminal gets no signal, hence both."""
        signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=self._leave).start())
        threading.Thread(target=self._wait, name="lifeline", daemon=True).start()

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(_KEYBOARD, 0)  # POLLHUP and POLLERR are told unasked
        if any(told & (select.POLLHUP | select.POLLERR) for _, told in poll.poll()):
            self._leave()

    def _leave(self) -> None:
        with self._leaving:  # never given back: who comes second waits for the end
            _silence_keyboard()
            self._land()
            os._exit(_HUNG_UP)


def _silence_keyboard() -> None:
    """A lost terminal reads as an endless end of file, and its reader would never rest."""
    silent, _ = os.pipe()
    os.dup2(silent, _KEYBOARD)
