r"""Letters of titles and names in ABC: `\'e` and `&eacute;` are é, a backslash stands before `%`, `&` and itself.

Mnemonics are those of ABC 2.1, section 8.2.
"""

from __future__ import annotations

import html
import re
from html.entities import html5
from typing import Final
from unicodedata import normalize

_ACCENTS: Final = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    '"': "\u0308",
    "c": "\u0327",
    "u": "\u0306",
    "v": "\u030c",
    "H": "\u030b",
}
_SIGNS: Final = ("AA", "aa", "/O", "/o", "ss", "AE", "ae", "OE", "oe", "DH", "dh", "TH", "th")
_LETTERS: Final = dict(zip(_SIGNS, "ÅåØøßÆæŒœÐðÞþ", strict=True))
_CODE: Final = re.compile(
    r"\\u(?P<number>[0-9A-Fa-f]{4})"
    rf"|\\(?P<letter>{'|'.join(_SIGNS)})"
    r"|\\(?P<accent>[`'^~\"cuvH])(?P<under>[A-Za-z])"
    r"|\\(?P<plain>[\\%&])"
    r"|(?P<entity>&#?\w{1,10};)"
)


def read_letters(text: str) -> str:
    """Text with letters for their mnemonics; what is none stays as it is."""
    return _CODE.sub(_letter, text)


def write_letters(text: str) -> str:
    """Text that `read_letters` reads back, and of which no piece is a comment."""
    return re.sub(r"&(?=#?\w{1,10};)", r"\\&", text.replace("\\", r"\\").replace("%", r"\%"))


def _letter(code: re.Match[str]) -> str:
    """The letter of a mnemonic."""
    if code["number"]:
        letter = chr(int(code["number"], 16))
        return letter if letter.isprintable() else code[0]
    if code["accent"]:
        letter = normalize("NFC", code["under"] + _ACCENTS[code["accent"]])
        return letter if len(letter) == 1 else code[0]
    if code["entity"]:
        return html.unescape(code["entity"]) if code["entity"][1] == "#" else html5.get(code["entity"][1:], code[0])
    return _LETTERS[code["letter"]] if code["letter"] else code["plain"]
