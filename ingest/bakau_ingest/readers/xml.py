"""The one door for XML from outside: `open_xml` streams elements with their lines and refuses everything XML can do beyond them.

No document type, no entity of its own, no external reference is ever followed: the file is refused at the first sign of one. Depth,
the size of one element and the number of attributes have bounds. Elements are built by the standard library's C parser; a second,
bare one walks ahead of it, looks for what is forbidden and knows the lines.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NoReturn, cast
from xml.etree.ElementTree import ParseError, XMLPullParser
from xml.parsers import expat

from bakau.errors import FileError, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from xml.etree.ElementTree import Element

#: Elements inside elements; payment messages stay below 25.
DEEPEST = 100
#: Bytes without a new element; a text, a comment or a tag that long is none of ours.
LONGEST = 4 << 20
#: Elements since the last marked one ended.
MOST = 200_000
#: Bytes handed to the parsers at a time.
STEP = 1 << 16

DOCTYPE = "declares a document type or an entity: XML that refers to anything outside itself is refused"


def local_name(tag: str) -> str:
    """The name without its namespace (``{uri}Ntry`` or ``ns:Ntry``)."""
    return tag.rpartition("}")[2].rpartition(":")[2]


class XmlStream:
    """Start and end of the elements whose local name is `marked`, each start with the physical line of its first character.

    Iterate to get ``(event, element, line)``; the line is 0 at an end. An element is whole at its end and is then taken out of its
    parent, so that memory is bounded by one marked element.
    """

    def __init__(self, blocks: Iterable[bytes], place: Place, marked: Callable[[str], bool]) -> None:
        self._blocks, self._place, self._marked = blocks, place, marked
        self._lines: deque[int] = deque()
        self._guard = expat.ParserCreate()
        self._guard.StartDoctypeDeclHandler = self._guard.EntityDeclHandler = self._guard.ExternalEntityRefHandler = self._refuse
        self._guard.StartElementHandler = self._note
        self._known: dict[str, bool] = {}
        self._marks: dict[str, bool] = {}
        self._seen = 0

    def _refuse(self, *_: object) -> NoReturn:
        raise FileError(DOCTYPE, hint="ask the sender for the message without it", at=self._at())

    def _at(self) -> Place:
        return Place(self._place.file, self._guard.CurrentLineNumber)

    def _note(self, name: str, _: object) -> None:
        self._seen += 1
        marked = self._known.get(name)
        if marked is None:
            marked = self._known[name] = self._marked(local_name(name))
        if marked:
            self._lines.append(self._guard.CurrentLineNumber)

    def __iter__(self) -> Iterator[tuple[str, Element, int]]:
        parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
        opened: list[Element] = []
        waiting = alive = 0
        for piece in self._pieces():
            seen = self._seen
            self._feed(parser, piece)
            waiting = 0 if self._seen != seen else waiting + len(piece)
            alive += self._seen - seen
            if waiting > LONGEST or alive > MOST:
                raise FileError("holds an element larger than any payment is", at=self._at())
            for event, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
                marked = self._is_marked(element.tag)
                if event == "start":
                    opened.append(element)
                    if len(opened) > DEEPEST:
                        raise FileError(f"holds elements more than {DEEPEST} deep", at=self._at())
                    if marked:
                        yield event, element, self._lines.popleft()
                    continue
                opened.pop()
                if marked:
                    yield event, element, 0
                    alive = 0
                    if opened:
                        opened[-1].remove(element)
        self._close(parser)

    def _is_marked(self, tag: str) -> bool:
        marked = self._marks.get(tag)
        if marked is None:
            marked = self._marks[tag] = self._marked(local_name(tag))
        return marked

    def _pieces(self) -> Iterator[bytes]:
        for block in self._blocks:
            for begin in range(0, len(block), STEP):
                yield block[begin : begin + STEP]

    def _feed(self, parser: XMLPullParser[Element], piece: bytes) -> None:
        try:
            self._guard.Parse(piece, False)  # noqa: FBT003 - expat's own signature
            parser.feed(piece)
        except (expat.ExpatError, ParseError, LookupError, ValueError) as error:
            raise FileError("is not well-formed XML", hint="was it cut off, or edited by hand?", at=self._at()) from error

    def _close(self, parser: XMLPullParser[Element]) -> None:
        try:
            self._guard.Parse(b"", True)  # noqa: FBT003 - expat's own signature
            parser.close()
        except (expat.ExpatError, ParseError) as error:
            raise FileError("is not well-formed XML to its end", hint="was it cut off?", at=self._at()) from error


def open_xml(blocks: Iterable[bytes], place: Place, marked: Callable[[str], bool]) -> XmlStream:
    """Elements of an XML document that arrives in blocks of bytes, in whatever encoding it declares.

    Raises FileError, while it is read: a document type, an entity, an external reference; not well-formed; too deep; an element too
    large. `marked` says which elements (by name without namespace) are wanted.
    """
    return XmlStream(blocks, place, marked)
