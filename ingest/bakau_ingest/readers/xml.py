"""The one door for XML from outside: `make_parser` refuses what XML can do beyond text, and `open_xml` streams the leaves of elements with
their lines.

No document type, no entity of its own, no external reference is ever followed: the file is refused at the first sign of one. Depth,
the length of a text or tag and the number of different names have bounds. No tree is built: a message of any length takes the memory
of one payment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, NoReturn
from xml.parsers import expat

from bakau.errors import FileError, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Leaves = dict[str, str]

#: Elements inside elements, up to a marked one and from there on; payment messages stay below 25.
DEEPEST = 100
TOO_DEEP = f"holds elements more than {DEEPEST} deep"
#: Bytes of one text, tag or comment.
LONGEST = 4 << 20
#: Different paths in one document; the largest payment messages have some thousands.
MOST_PATHS = 20_000
#: Characters kept of a text that is put together from several elements.
LONGEST_JOINED = 20_000
#: Bytes handed to the parser at a time.
STEP = 1 << 16
#: Leaves that may stand several times and are then joined; of all others the first counts.
JOINED = frozenset({"Ustrd", "AddtlTxInf", "AddtlNtryInf", "AddtlRmtInf"})

_NAME = re.compile(rb"<([A-Za-z_][\w.:-]*)")

DOCTYPE = "declares a document type or an entity: XML that refers to anything outside itself is refused"


class Event(NamedTuple):
    """A marked element begins (`line` is that of its first character) or ends (`line` is 0).

    `leaves` are the texts inside by path (``RltdPties/Dbtr/Nm``; ``Amt@Ccy`` for its currency), without those of marked elements in it.
    They grow until its end; a text of its own stands there under an empty path.
    """

    begins: bool
    name: str
    leaves: Leaves
    line: int


class _Node(dict[str, "_Node"]):
    """A place in the structure: children by tag as written, made on first sight; `path` uses local names only.

    A marked element begins a structure of its own, wherever it stands: it has no one parent, and `depth` is counted from it.
    """

    __slots__ = ("currency", "depth", "joined", "marked", "name", "parent", "path", "stream")

    def __init__(self, stream: XmlStream, path: str, name: str, parent: _Node | None = None) -> None:
        super().__init__()
        self.stream, self.path, self.name = stream, path, name
        self.currency, self.joined = f"{path}@Ccy", name in JOINED
        self.marked = False
        self.parent: _Node = self if parent is None else parent
        self.depth: int = 0 if parent is None else parent.depth + 1

    def __missing__(self, tag: str) -> _Node:
        name = local_name(tag)
        node = self.stream.add_node(self, name)
        self[tag] = node
        return node


def local_name(tag: str) -> str:
    """The name without its prefix (``ns:Ntry``)."""
    return tag.rpartition(":")[2]


def root_of(beginning: bytes) -> str:
    """The local name of the first element of a document that begins so; nothing when it is no XML."""
    spot = len(beginning) - len(beginning.lstrip(b"\xef\xbb\xbf \t\r\n"))
    while beginning.startswith((b"<?", b"<!"), spot):
        stop = b"-->" if beginning.startswith(b"<!--", spot) else b">"
        inner = beginning.find(b"[", spot)
        if beginning.startswith(b"<!DOCTYPE", spot) and 0 <= inner < beginning.find(b">", spot):
            stop = b"]>"
        end = beginning.find(stop, spot)
        if end < 0:
            return ""
        spot = end + len(stop)
        while beginning[spot : spot + 1].isspace():
            spot += 1
    found = _NAME.match(beginning, spot)
    return local_name(found[1].decode()) if found else ""


def make_parser(refuse: Callable[..., NoReturn], *, separator: str | None = None) -> expat.XMLParserType:
    """A parser that calls `refuse` at any document type, entity or external reference; with `separator`, names carry their namespace."""
    parser = expat.ParserCreate(namespace_separator=separator)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    return parser


class XmlStream:
    """Iterate to get the events of the marked elements. See `open_xml`."""

    def __init__(self, blocks: Iterable[bytes], place: Place, marked: Callable[[str], bool], *, attributes: bool) -> None:
        self._blocks, self._place, self._marked, self._attributes = blocks, place, marked, attributes
        self._roots: dict[str, _Node] = {}
        self._paths = 0
        self._parser = make_parser(self._refuse)
        self._parser.buffer_size = STEP
        self._events: list[Event] = []
        self._listen()

    def add_node(self, parent: _Node, name: str) -> _Node:
        """The place of a child: a marked element begins paths of its own."""
        self._paths += 1
        if self._paths > MOST_PATHS:
            raise FileError("holds more different elements than any payment message", at=self._at())
        if not self._marked(name):
            if parent.depth >= DEEPEST:
                raise FileError(TOO_DEEP, at=self._at())
            return _Node(self, f"{parent.path}/{name}" if parent.path else name, name, parent)
        if name not in self._roots:
            self._roots[name] = _Node(self, "", name)
            self._roots[name].marked = True
        return self._roots[name]

    def _listen(self) -> None:  # noqa: C901 - three short closures over the same few variables
        """The parser's handlers: closures, because they run three times an element."""
        node, leaves, text, base = _Node(self, "", ""), dict[str, str](), "", 0
        around: list[tuple[_Node, Leaves, int]] = []
        parser, events, refuse, keep = self._parser, self._events, self._refuse_size, self._attributes

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal node, leaves, text, base
            child = node[tag]
            text = ""
            if child.marked:
                around.append((node, leaves, base))
                base += node.depth + 1
                if base > DEEPEST:
                    raise FileError(TOO_DEEP, at=self._at())
                leaves = {f"@{name}": value for name, value in attributes.items()} if keep else {}
                events.append(Event(True, child.name, leaves, parser.CurrentLineNumber))  # noqa: FBT003 - a named field
            elif attributes and (currency := attributes.get("Ccy")) and child.path not in leaves:
                leaves[child.currency] = currency
            node = child

        def end(_: str) -> None:
            nonlocal node, leaves, text, base
            if node.marked:
                if text and (value := text.strip()):
                    leaves[""] = value
                events.append(Event(False, node.name, leaves, 0))  # noqa: FBT003 - a named field
                node, leaves, base = around.pop()
            else:
                if text and (value := text.strip()):
                    path = node.path
                    if path not in leaves:
                        leaves[path] = value
                    elif node.joined and len(leaves[path]) < LONGEST_JOINED:
                        leaves[path] = f"{leaves[path]} {value}"
                node = node.parent
            text = ""

        def characters(data: str) -> None:
            nonlocal text
            text = text + data if text else data
            if len(text) > LONGEST:
                refuse()

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters

    def __iter__(self) -> Iterator[Event]:
        fed = 0
        for piece in self._pieces():
            fed += len(piece)
            self._feed(piece)
            if fed - self._parser.CurrentByteIndex > LONGEST:
                self._refuse_size()
            yield from self._events
            self._events.clear()
        self._feed(b"", at_end=True)
        yield from self._events

    def _pieces(self) -> Iterator[bytes]:
        for block in self._blocks:
            for begin in range(0, len(block), STEP):
                yield block[begin : begin + STEP]

    def _feed(self, piece: bytes, *, at_end: bool = False) -> None:
        try:
            self._parser.Parse(piece, at_end)
        except (expat.ExpatError, LookupError, ValueError) as error:
            what = "is not well-formed XML to its end" if at_end else "is not well-formed XML"
            raise FileError(what, hint="was it cut off, or edited by hand?", at=self._at()) from error

    def _at(self) -> Place:
        return Place(self._place.file, self._parser.CurrentLineNumber)

    def _refuse(self, *_: object) -> NoReturn:
        raise FileError(DOCTYPE, hint="ask the sender for the message without it", at=self._at())

    def _refuse_size(self) -> NoReturn:
        raise FileError(f"holds a text or tag longer than {LONGEST >> 20} MiB", at=self._at())


def open_xml(blocks: Iterable[bytes], place: Place, marked: Callable[[str], bool], *, attributes: bool = False) -> XmlStream:
    """Beginnings and ends of the `marked` elements (by name without namespace) of an XML document, with the texts inside.

    With `attributes` those of marked elements stand among their leaves as ``@name``.
    Raises FileError, while it is read: a document type, an entity, an external reference; not well-formed; too deep; a text, a tag or
    a vocabulary too large.
    """
    return XmlStream(blocks, place, marked, attributes=attributes)
