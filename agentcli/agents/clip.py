"""Fit long text into a context: keep head and tail, say what was left out."""


def clip(text: str, limit: int) -> str:
    """At most about `limit` characters of a text, cut at line ends where possible."""
    if len(text) <= limit:
        return text
    head, tail = text[: limit * 2 // 3], text[len(text) - limit // 3 :]
    head = head[: head.rfind("\n") + 1] or head
    tail = tail[tail.find("\n") + 1 :] or tail
    left_out = text[len(head) : len(text) - len(tail)]
    lines = left_out.count("\n")
    return f"{head}[… {lines:,} lines, {len(left_out):,} characters left out …]\n{tail}"


def one_line(text: str, limit: int = 100) -> str:
    """A text as one line for lists and progress."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
