"""SVG, written by the standard library, so that whatever people wrote is text and nothing else."""

from __future__ import annotations

import re
import zlib
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

NAMESPACE = "http://www.w3.org/2000/svg"
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# The second palette is lighter, so that both have the contrast that WCAG 2.2 asks for (1.4.3 of
# text, 1.4.11 of what is drawn). A viewer that knows no media queries shows the first on white.
STYLE = """
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-size:12px;\
fill:#1d2733;font-variant-numeric:tabular-nums}
.paper{fill:#fff}
.title{font-size:17px;font-weight:600}
.heading{font-size:13px;font-weight:600}
.faint{fill:#566270}
.grid{stroke:#dfe4ea}
.zero{stroke:#566270}
.limit{stroke:#b3261e;stroke-width:2;stroke-dasharray:5 4}
.of-0{fill:#2b66ad}
.of-1{fill:#c2700c}
.of-2{fill:#6d7885}
@media (prefers-color-scheme:dark){
text{fill:#e9edf2}
.paper{fill:#151a20}
.faint{fill:#a4afbb}
.grid{stroke:#323b45}
.zero{stroke:#a4afbb}
.limit{stroke:#ff8a80}
.of-0{fill:#74b0f4}
.of-1{fill:#f2a744}
.of-2{fill:#98a4b1}
}
"""


class Drawing:
    """A picture that is being drawn, in whole pixels from its upper left."""

    def __init__(self, width: int, title: str, description: str) -> None:
        """Begin a picture of a width; what it shows is said to those who do not see it."""
        # Two pictures may stand in one page, where an id is good once.
        name = f"chart-{zlib.crc32(f'{title}{description}'.encode('utf-8', 'replace')):08x}"
        self.width = width
        self._root = Element(
            "svg",
            {
                "xmlns": NAMESPACE,
                "role": "img",
                "aria-labelledby": f"{name}-title {name}-desc",
            },
        )
        self._add(self._root, "title", id=f"{name}-title").text = clean(title)
        self._add(self._root, "desc", id=f"{name}-desc").text = clean(description)
        self._add(self._root, "style").text = STYLE
        self._paper = self._add(self._root, "rect", rx=8, **{"class": "paper"})
        self._within = self._root

    def text(self, x: int, y: int, words: str, look: str = "", anchor: str = "start") -> None:
        """Write one line; `y` is where its letters stand, `anchor` what of it is at `x`."""
        given: dict[str, str | int] = {"x": x, "y": y}
        if look:
            given["class"] = look
        if anchor != "start":
            given["text-anchor"] = anchor
        self._add(self._within, "text", **given).text = clean(words)

    def box(self, x: int, y: int, width: int, height: int, look: str) -> None:
        """Fill a box."""
        self._add(self._within, "rect", x=x, y=y, width=width, height=height, **{"class": look})

    def line(self, x1: int, y1: int, x2: int, y2: int, look: str) -> None:
        """Draw a straight line."""
        self._add(self._within, "line", x1=x1, y1=y1, x2=x2, y2=y2, **{"class": look})

    def begin(self, words: str) -> None:
        """Begin what belongs together; its words are shown whole to whoever points at it."""
        self._within = self._add(self._root, "g")
        self._add(self._within, "title").text = clean(words)

    def end(self) -> None:
        """End what belongs together."""
        self._within = self._root

    def written(self, height: int) -> str:
        """Return the picture as a document of its own."""
        size = {"width": str(self.width), "height": str(height)}
        for name, value in (*size.items(), ("viewBox", f"0 0 {self.width} {height}")):
            self._root.set(name, value)
        for name, value in size.items():
            self._paper.set(name, value)
        return ElementTree.tostring(self._root, encoding="unicode") + "\n"

    def _add(self, parent: Element, tag: str, **given: str | int) -> Element:
        return SubElement(parent, tag, {name: str(value) for name, value in given.items()})


def clean(words: str) -> str:
    """Return text without the characters that no XML can hold."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", words)
