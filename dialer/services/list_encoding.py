"""What a file's bytes are: text, and in which encoding, or something else, told by name and remedy."""

import codecs
import re
import zipfile
from typing import BinaryIO

from charset_normalizer import from_bytes

from dialer.core.errors import Invalid

_HEAD = 64 * 1024
_CHUNK = 1024 * 1024
_MOST_EVIDENCE = 512 * 1024

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LIKELY, _RARER = ["cp1252", "cp932"], ["cp1250", "cp1251", "cp1253", "cp1254"]
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")

_SAVE_AS_CSV = "save it as CSV (UTF-8) and load that"
_UNPACK = "unpack it and load the CSV file in it"
_EXPORT = "export the list as CSV and load that"
_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", _SAVE_AS_CSV),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"%PDF", "a PDF document", _EXPORT),
    (b"\x89PNG", "an image (PNG)", _EXPORT),
    (b"\xff\xd8\xff", "an image (JPEG)", _EXPORT),
    (b"GIF8", "an image (GIF)", _EXPORT),
    (b"SQLite format 3", "a database (SQLite)", _EXPORT),
    (b"PAR1", "a Parquet file", _EXPORT),
    (b"{\\rtf", "a text document (RTF)", _EXPORT),
)
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|\?xml)", re.IGNORECASE)
_ZIP_MEMBERS = (
    ("xl/", "an Excel workbook (.xlsx)", _SAVE_AS_CSV),
    ("content.xml", "an OpenDocument file (.ods)", _SAVE_AS_CSV),
    ("word/", "a Word document (.docx)", _EXPORT),
)


class ListFileError(Invalid):
    """The file can't be read as a call list; the message says what it is and what to do."""


def encoding_of(stream: BinaryIO) -> str:
    """The encoding of a text file; raises for an empty file and for one that isn't text."""
    head = stream.read(_HEAD)
    _refuse_what_is_not_text(head, stream)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    if unmarked := _unmarked_utf16(head):
        return unmarked
    if len(_CONTROL.findall(head)) * 100 > len(head):
        raise ListFileError(f"This is a binary file, not a list; {_EXPORT}.")
    return _eight_bit_encoding(stream)


def _refuse_what_is_not_text(head: bytes, stream: BinaryIO) -> None:
    if not head.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise ListFileError("The file is empty.")
    for signature, kind, remedy in _SIGNATURES:
        if head.startswith(signature):
            raise ListFileError(f"This is {kind}, not a CSV file; {remedy}.")
    if head.startswith(b"PK\x03\x04"):
        kind, remedy = _kind_of_zip(stream)
        raise ListFileError(f"This is {kind}, not a CSV file; {remedy}.")
    if _MARKUP.match(head):
        raise ListFileError(f"This is a web page or an XML document, not a CSV file; {_EXPORT}.")


def _kind_of_zip(stream: BinaryIO) -> tuple[str, str]:
    try:
        names = zipfile.ZipFile(stream).namelist()
    except zipfile.BadZipFile:
        return "a damaged zip archive", _EXPORT
    for start, kind, remedy in _ZIP_MEMBERS:
        if any(name.startswith(start) for name in names):
            return kind, remedy
    return "a zip archive", _UNPACK


def _unmarked_utf16(head: bytes) -> str | None:
    """In UTF-16 nearly every second byte of a western list is zero."""
    pairs = len(head) // 2
    if head[1::2].count(0) * 10 > pairs * 7:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) * 10 > pairs * 7 else None


def _eight_bit_encoding(stream: BinaryIO) -> str:
    """UTF-8 if the whole file is, or all but a few damaged letters of it; else the likeliest code page."""
    evidence = bytearray()
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    is_utf8 = True
    while chunk := stream.read(_CHUNK):
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        if not chunk.isascii() and len(evidence) < _MOST_EVIDENCE:
            evidence += _whole_lines(chunk)
    if not evidence or (is_utf8 and not decoder.getstate()[0]):
        return "utf-8"
    return "utf-8" if _is_damaged_utf8(evidence) else _code_page(bytes(evidence))


def _whole_lines(chunk: bytes) -> bytes:
    """The chunk without the line it starts in and the one it ends in, if it has more: no torn letters."""
    lines = chunk.splitlines(keepends=True)
    return chunk if len(lines) < 3 else b"".join(line for line in lines[1:-1] if not line.isascii()) or chunk


def _is_damaged_utf8(evidence: bytes | bytearray) -> bool:
    text = evidence.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    return damaged * 10 <= sum(not letter.isascii() for letter in text)


def _code_page(evidence: bytes) -> str:
    for candidates in (_LIKELY, _RARER):
        best = from_bytes(evidence[:_MOST_EVIDENCE], cp_isolation=candidates).best()
        if best is not None:
            return best.encoding
    return "latin-1"
