"""litellm, imported once, late and quietly: its import takes longer than a whole model call."""

import asyncio
import gc
import importlib
import logging
import os
import sys
import threading
import warnings
from typing import Any

_import_lock = threading.Lock()  # one import, whoever asks first


def load() -> Any:
    """The litellm module, set up for us: no network at import, no output, no retries of its own.

    Takes about 1.1 s the first time, nothing after that.
    """
    with _import_lock:
        if (module := _ready()) is not None:
            return module
        # Without this it downloads its price map while it is imported.
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        collecting = gc.isenabled()
        gc.disable()  # the import makes a million objects and no garbage: a third of its time
        try:
            module = importlib.import_module("litellm")
        finally:
            if collecting:
                gc.enable()
        _silence(module)
        return module


async def loaded() -> Any:
    """The same without holding up the event loop while it is imported."""
    return _ready() or await asyncio.to_thread(load)


def warm_up() -> threading.Thread:
    """Start the import in a thread, and what else litellm would load within its first call."""
    thread = threading.Thread(target=_warm, name="litellm-import", daemon=True)
    thread.start()
    return thread


def _ready() -> Any | None:
    module = sys.modules.get("litellm")
    return module if getattr(module, "agentcli_ready", False) else None


def _warm() -> None:
    load()
    importlib.import_module("litellm.litellm_core_utils.default_encoding")
    importlib.import_module("anyio._backends._asyncio")
    importlib.import_module("openai.resources.chat")


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
