"""The child process behind `gguf:PATH`: llama.cpp's server for one file.

Run as `python -m agentcli.models.local_server FILE CONTEXT THREADS`. It prints its address
when it is ready, and ends when its standard input closes, that is also when its parent is killed.
"""

import os
import sys
import threading
from pathlib import Path

from agentcli.models.gguf import read_metadata

READY = "agentcli-local-model "


def main(path: str, context: int, threads: int) -> None:
    """Serve until standard input closes."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = context
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.cache_prompt = True
    params.use_jinja = True
    params.ui = False
    params.fit_params = False
    params.offline = True
    if (template := _mended_template(path)) is not None:
        params.chat_template = template
    server = xllamacpp.Server(params)
    print(f"{READY}{server.listening_address}", flush=True)
    threading.Event().wait()


def _end_with_parent() -> None:
    # Not sys.stdin: its lock would block the interpreter's own exit.
    while os.read(0, 1024):
        pass
    os._exit(0)  # native threads hold the process otherwise


def _mended_template(path: str) -> str | None:
    """The chat template as a Qwen2.5-Coder really answers it; None to keep the file's own.

    These models are told to put calls into <tool_call> tags and put them into ```json fences.
    llama.cpp derives its parser from the template, so with fences in it the calls are found.
    """
    about = read_metadata(
        Path(path), ("general.architecture", "general.name", "tokenizer.chat_template")
    )
    is_coder = "coder" in about.get("general.name", "").lower()
    if about.get("general.architecture") != "qwen2" or not is_coder:
        return None
    template = about.get("tokenizer.chat_template", "")
    return template.replace("<tool_call>", "```json").replace("</tool_call>", "```") or None


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
