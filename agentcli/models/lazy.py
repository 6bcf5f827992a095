"""litellm, imported once, late and quietly: its import takes longer than a whole model call."""

import asyncio
import gc
import importlib
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel

_import_lock = threading.Lock()  # one import, whoever asks first


def load() -> Any:
    """The litellm module, set up for us: no network at import, no output, no retries of its own.

    Takes about 0.8 s the first time, nothing after that.
    """
    with _import_lock:
        if (module := _ready()) is not None:
            return module
        # Without this it downloads its price map while it is imported.
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        with _no_collection(), _built_when_used():
            module = importlib.import_module("litellm")
            # What its first call to a server with OpenAI's API would load, up to 0.1 s.
            importlib.import_module("openai.resources.chat")
        _silence(module)
        return module


async def loaded() -> Any:
    """The same without holding up the event loop while it is imported."""
    return _ready() or await asyncio.to_thread(load)


def warm_up() -> threading.Thread:
    """Start the import in a thread."""
    thread = threading.Thread(target=load, name="litellm-import", daemon=True)
    thread.start()
    return thread


def _ready() -> Any | None:
    module = sys.modules.get("litellm")
    return module if getattr(module, "agentcli_ready", False) else None


@contextmanager
def _no_collection() -> Iterator[None]:
    """Run without the garbage collector, and leave what was made out of its later rounds.

    An import makes a million objects and no garbage; looking through them is a third of its time,
    and 0.06 s once more as soon as the collector is back.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


@contextmanager
def _built_when_used() -> Iterator[None]:
    """Let pydantic build the validator of a class that is defined meanwhile when it is first used.

    litellm defines half a thousand such classes, and a run uses a few dozen: 0.15 s. Every class
    takes over the configuration of its base, so this is where it can be said for all of them;
    openai's own classes do the same.
    """
    BaseModel.model_config["defer_build"] = True
    try:
        yield
    finally:
        del BaseModel.model_config["defer_build"]


def _silence(module: Any) -> None:
    module.telemetry = False
    module.suppress_debug_info = True
    module.drop_params = True
    module.disable_streaming_logging = True
    module.num_retries = 0
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
        logger.setLevel(logging.CRITICAL)
    # It serialises its own half-filled objects after each stream.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings")
    module.agentcli_ready = True
