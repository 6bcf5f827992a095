"""Codemap timings on a folder: cold, a new process with the cache, a second question.

    python benchmarks/codemap.py FOLDER [--tokens 1024] [--show]

Each figure is from a process of its own. Seconds are wall time; memory is the peak RSS.
"""

import argparse
import asyncio
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from agentcli.codemap.cache import TagCache
from agentcli.codemap.map import Codemap


def blobs(root: Path) -> Mapping[str, str]:
    """Path → git blob id, for every file outside .git."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink() and ".git" not in path.parts:
            data = path.read_bytes()
            digest = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
            found[str(path.relative_to(root))] = digest.hexdigest()
    return found


async def measure(root: Path, cache: Path, tokens: int) -> dict[str, object]:
    """Two questions to one Codemap."""
    files = blobs(root)
    paths = {blob: root / path for path, blob in files.items()}

    async def read(ids: Sequence[str]) -> Mapping[str, bytes]:
        return {blob: paths[blob].read_bytes() for blob in ids}

    codemap = Codemap(TagCache(cache))
    seconds, text = [], ""
    for mentions in ("", "retry the sandbox connection when the server closes"):
        start = time.perf_counter()
        text = await codemap.render(
            files,
            read,
            budget_tokens=tokens,
            count_tokens=lambda shown: len(shown) // 4,
            mentions=mentions,
        )
        seconds.append(round(time.perf_counter() - start, 2))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "files": len(files),
        "first_s": seconds[0],
        "second_s": seconds[1],
        "rss_mb": peak,
        "parsed": codemap.stats.parsed,
        "from_cache": codemap.stats.from_cache,
        "text": text,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--show", action="store_true", help="print the last map")
    parser.add_argument("--cache", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cache:
        print(json.dumps(asyncio.run(measure(options.folder, options.cache, options.tokens))))
        return
    with tempfile.TemporaryDirectory() as folder:
        for label in ("cold", "new process, cached"):
            command = [sys.executable, __file__, str(options.folder)]
            command += ["--cache", f"{folder}/cache.sqlite", "--tokens", str(options.tokens)]
            start = time.perf_counter()
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            figures = json.loads(done.stdout)
            text = figures.pop("text")
            print(f"{label}: {time.perf_counter() - start:.2f} s with start and hashing", figures)
    if options.show:
        print(text)


if __name__ == "__main__":
    main()
