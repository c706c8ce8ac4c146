"""What the bytes of a text file are: hashed, and as UTF-8 for the reader; a private copy only where one is needed."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, BinaryIO, cast

from charter.intake.connectors.codes import INT004, INT005
from charter.intake.connectors.packed import watched
from charter.intake.refusal import refused

_BLOCK = 1 << 20
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_UTF8_SEQUENCE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]+")
_UNICODE = ("utf-8", "utf-16", "utf-16-le", "utf-16-be")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file as UTF-8: where it is, what it was written in, and the hash of its bytes as delivered."""

    path: Path
    encoding: str
    sha256: str
    detected: bool


def sha256_of(path: Path) -> str:
    """Answers the SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def as_utf8(path: Path, name: str, declared: str | None, scratch: Path) -> TextFile:
    """Answers the file as UTF-8. Refuses what is no text, and lines that are not in the file's encoding."""
    packed = path.suffix == ".gz"
    head = next(blocks(path, name, packed), b"")
    encoding = canonical_encoding(declared) if declared else _guess(head, name)
    digest, is_utf8 = _hash_and_look(path) if encoding == "utf-8" and not packed else (sha256_of(path), True)
    if encoding == "utf-8" and not packed and is_utf8:
        return TextFile(path, encoding, digest, declared is None)
    if encoding == "utf-8" and not _all_utf8(path, name, packed, declared is not None):
        encoding = "cp1252"
    if encoding not in _UNICODE:
        _refuse_utf8_lines(path, name, packed, encoding)
    copy = scratch / f"{digest[:16]}.utf8.csv"
    try:
        _transcode(path, name, packed, encoding, copy)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    return TextFile(copy, encoding, digest, declared is None)


def with_one_line_end(file: TextFile, quote: str, scratch: Path) -> TextFile:
    """Answers the file with lines that end in one way: a copy, where they do not (or end in a lone CR).

    Ends of lines within quotes are data, and stay.
    """
    returns = feeds = pairs = 0
    last = b""
    with file.path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            returns, feeds = returns + block.count(b"\r"), feeds + block.count(b"\n")
            pairs += (block.count(b"\r\n") if returns else 0) + (last == b"\r" and block.startswith(b"\n"))
            last = block[-1:]
    if returns == 0 or returns == feeds == pairs:
        return file
    copy = scratch / f"{file.sha256[:16]}.lines.csv"
    with file.path.open("rb") as source, copy.open("wb") as target:
        _write_feeds(source, target, quote.encode())
    return replace(file, path=copy)


def _write_feeds(source: BinaryIO, target: BinaryIO, quote: bytes) -> None:
    quoted, rest = False, b""
    while block := source.read(_BLOCK):
        block = rest + block
        # The other half of a pair may stand in the next block.
        rest = b"\r" if block.endswith(b"\r") else b""
        block = block.removesuffix(b"\r")
        pieces = block.split(quote) if quote else [block]
        for at in range(int(quoted), len(pieces), 2):
            pieces[at] = pieces[at].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        quoted ^= len(pieces) % 2 == 0
        target.write(quote.join(pieces))
    target.write(b"\n" if rest else b"")


def canonical_encoding(declared: str) -> str:
    """Answers Python's name for the encoding; latin-1 is read as cp1252, which is what its writers mean."""
    name = codecs.lookup(declared).name
    return {"iso8859-1": "cp1252", "utf-8-sig": "utf-8", "ascii": "utf-8"}.get(name, name)


def _hash_and_look(path: Path) -> tuple[str, bool]:
    """Answers the file's hash and whether all of it is UTF-8, in one pass over its bytes."""
    digest, decoder, is_utf8 = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), True
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            try:
                if is_utf8 and (not block.isascii() or decoder.getstate()[0]):
                    decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
    return digest.hexdigest(), is_utf8 and not decoder.getstate()[0]


def _guess(head: bytes, name: str) -> str:
    for bom, encoding in BOMS:
        if head.startswith(bom):
            return encoding
    sample = head[:4096]
    if not sample.count(b"\0"):
        return "utf-8"
    even, odd = sample[::2].count(b"\0"), sample[1::2].count(b"\0")
    if max(even, odd) < len(sample) // 5 or min(even, odd) > max(even, odd) // 4:
        raise refused(INT004, name, what="it holds binary data", format="text")
    return "utf-16-le" if odd > even else "utf-16-be"


def _all_utf8(path: Path, name: str, packed: bool, declared: bool) -> bool:
    """Answers false for a file all of whose lines beyond ASCII are in another encoding; refuses a mixture."""
    bad, others = 0, False
    for number, line in enumerate(_lines(path, name, packed), 1):
        if line.isascii():
            continue
        try:
            line.removeprefix(codecs.BOM_UTF8).decode("utf-8")
            others = others or number > 1 or not line.removeprefix(codecs.BOM_UTF8).isascii()
        except UnicodeDecodeError:
            bad = bad or number
        if bad and (others or declared):
            raise refused(INT005, name, bad, encoding="utf-8")
    return not bad


def _refuse_utf8_lines(path: Path, name: str, packed: bool, encoding: str) -> None:
    for number, line in enumerate(_lines(path, name, packed), 1):
        if line.isascii() or not _UTF8_SEQUENCE.search(line):
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        raise refused(INT005, name, number, encoding=encoding)


def _transcode(path: Path, name: str, packed: bool, encoding: str, copy: Path) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    try:
        with copy.open("wb") as out:
            for block in blocks(path, name, packed):
                text = decoder.decode(block)
                lines += text.count("\n")
                out.write(text.encode("utf-8"))
            out.write(decoder.decode(b"", final=True).encode("utf-8"))
    except UnicodeError:
        raise refused(INT005, name, lines, encoding=encoding) from None


def blocks(path: Path, name: str, packed: bool) -> Iterator[bytes]:
    """Yields the bytes of a file, unpacked."""
    try:
        if packed:
            with gzip.open(path, "rb") as stream:
                yield from watched(cast(IO[bytes], stream), path.stat().st_size, name)
            return
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise refused(INT004, name, what=f"its compression is broken: {error}", format="gzip") from None


def _lines(path: Path, name: str, packed: bool) -> Iterator[bytes]:
    rest = b""
    for block in blocks(path, name, packed):
        pieces = (rest + block).split(b"\n")
        rest = pieces.pop()
        yield from pieces
    if rest:
        yield rest
