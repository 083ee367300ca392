"""The head of a WAV file: whether what came is one, and how long it says it is."""

HEAD_BYTES = 12
_STREAMED = 0xFFFFFFFF


def whole_bytes(head: bytes) -> int | None:
    """How many bytes the file has by its own word, 12 when it does not say; None when it is no WAV file."""
    if len(head) < HEAD_BYTES or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    declared = int.from_bytes(head[4:8], "little")
    return HEAD_BYTES if declared in (0, _STREAMED) else declared + 8
