"""The codemap: the definitions of a repository that matter for a task, in a token budget."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agentcli import settings
from agentcli.codemap.base import ReadBlobs
from agentcli.codemap.cache import TagCache
from agentcli.codemap.graph import ReferenceGraph
from agentcli.codemap.languages import LANGUAGES, language_of
from agentcli.codemap.render import fit, outline_text
from agentcli.codemap.tags import FileTags, file_tags
from agentcli.filenames import is_foreign

_BATCH = 256  # blobs held in memory at a time

Key = tuple[str, str]  # blob id, language


@dataclass
class Stats:
    """What the map has cost so far, in files."""

    parsed: int = 0
    from_cache: int = 0


class Codemap:
    """Maps of one repository. Asked again, it only looks at blobs that it has not seen.

    Safe to share between tasks of one event loop.
    """

    def __init__(self, cache: TagCache | None = None) -> None:
        self.stats = Stats()
        self._cache = cache or TagCache(settings.cache_dir() / "codemap.sqlite")
        self._known: dict[Key, FileTags] = {}
        self._graph: tuple[Mapping[str, str], ReferenceGraph] | None = None
        self._lock = asyncio.Lock()

    async def render(
        self,
        files: Mapping[str, str],
        read: ReadBlobs,
        *,
        budget_tokens: int,
        count_tokens: Callable[[str], int],
        focus: Collection[str] = (),
        mentions: str = "",
    ) -> str:
        """The map of `files` (path → blob id); "" when nothing fits or is known.

        `focus` (paths the agent works on) and `mentions` (free text: the task) decide what
        counts as near. Errors of `read` are passed on.
        """
        async with self._lock:
            graph = await self._graph_of(files, read)
        return await asyncio.to_thread(
            lambda: fit(graph.rank(focus, mentions), graph.files, budget_tokens, count_tokens)
        )

    async def _graph_of(self, files: Mapping[str, str], read: ReadBlobs) -> ReferenceGraph:
        if self._graph is not None and self._graph[0] == files:
            return self._graph[1]
        keys = dict(_sources(files))
        await self._learn(set(keys.values()), read)
        known = {path: self._known[key] for path, key in keys.items() if key in self._known}
        graph = await asyncio.to_thread(ReferenceGraph, known)
        self._graph = dict(files), graph
        return graph

    async def _learn(self, keys: Collection[Key], read: ReadBlobs) -> None:
        # Blobs that left the tree are forgotten: the cache on disk still has them.
        self._known = {key: tags for key, tags in self._known.items() if key in keys}
        unknown = [key for key in keys if key not in self._known]
        cached = await asyncio.to_thread(self._cache.get, unknown) if unknown else {}
        self._known.update(cached)
        self.stats.from_cache += len(cached)
        missing = sorted(key for key in unknown if key not in cached)
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            contents = await read(sorted({blob for blob, _ in batch}))
            fresh = await asyncio.to_thread(_parse, batch, contents)
            await asyncio.to_thread(self._cache.put, fresh)
            self._known.update(fresh)
            self.stats.parsed += len(fresh)


def outline(path: str, data: bytes) -> str:
    """All definitions of one file with their lines; "" for languages we don't read."""
    language = language_of(path)
    return outline_text(file_tags(language, data).defined) if language else ""


def _sources(files: Mapping[str, str]) -> Iterator[tuple[str, Key]]:
    for path, blob in files.items():
        language = language_of(path)
        if language is None or is_foreign(path):
            continue
        yield path, (blob, language.name)


def _parse(keys: Sequence[Key], contents: Mapping[str, bytes]) -> dict[Key, FileTags]:
    return {
        (blob, language): file_tags(LANGUAGES[language], contents[blob])
        for blob, language in keys
        if blob in contents
    }
