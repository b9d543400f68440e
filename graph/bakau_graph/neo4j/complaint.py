"""What a server says when it cannot start, put into one sentence and a hint."""

from __future__ import annotations

import re

from bakau.errors import NetworkError

#: What stands in the log, what it means, what to do. The first that fits is taken.
_KNOWN = (
    (r"No space left on device|not enough space|Disk quota exceeded", "the disk is full", "make room where the workspace lies, then start again"),
    (r"Address already in use|BindException", "its port is taken by another program", "bakau neo4j start --port PORT"),
    (
        r"StoreLockException|FileLockException|store_lock|lock file has been locked",
        "another server already uses this data folder",
        "stop the other server, or use another workspace",
    ),
    (
        r"created by a (?:newer|later)|newer version of Neo4j|Unknown store version|store format.*not supported|Unsupported.*store",
        "its data folder was written by another version of Neo4j",
        "remove the folder neo4j of the workspace: the archive fills a new one",
    ),
    (r"Permission denied|AccessDeniedException", "it may not read or write its folder", "check who owns the folder neo4j of the workspace"),
    (r"OutOfMemory|Could not reserve enough space|exceeds? .*(?:physical|available) memory|insufficient memory", "there is too little memory for it", "start it with a smaller --heap and --page-cache"),
    (r"Invalid maximum heap|Invalid initial heap|is not a valid size|Failed to read config", "it does not understand its settings", "sizes look like 512m or 2g"),
)  # fmt: skip
_ERROR = re.compile(r"^.*(?:ERROR|Caused by:|Error:)\s*(.+)$", re.MULTILINE)


def explain(text: str, what: str = "Neo4j did not start") -> NetworkError:
    """The error for what a server or its tool printed."""
    for pattern, meaning, hint in _KNOWN:
        if re.search(pattern, text, re.IGNORECASE):
            return NetworkError(f"{what}: {meaning}", hint=hint)
    found = _ERROR.findall(text)
    last = [line for line in text.splitlines() if any(letter.isalnum() for letter in line)][-1:] or ["it said nothing"]
    return NetworkError(f"{what}: {(found or last)[0].strip()[:200]}", hint="see logs/ in the folder neo4j of the workspace")
