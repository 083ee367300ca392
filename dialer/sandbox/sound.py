"""How long words and recordings last, and what a recording sounds like: a tone for each channel."""

import io
import math
import struct
import wave
from collections.abc import Iterable

WORDS_PER_SECOND = 2.6
MP3_BYTES_PER_SECOND = 16_000
RATE = 8000
LOUDNESS = 4000
HEAD_BYTES = 44
TONES = (440, 330)
"""Hertz, by channel; whole numbers, so that seconds can be strung together."""


def say_seconds(text: str) -> float:
    return len(text.split()) / WORDS_PER_SECOND


def play_seconds(media: bytes) -> float:
    """Exact for WAV; anything else is taken for an MP3 of 128 kbit/s."""
    try:
        with wave.open(io.BytesIO(media)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (wave.Error, EOFError):
        return len(media) / MP3_BYTES_PER_SECOND


def wav(stretches: Iterable[tuple[float, bool]], channels: int) -> bytes:
    """16 bits at 8 kHz: for each stretch its seconds of tone, or of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        second = one_second(channels)
        for seconds, sounding in stretches:
            size = round(seconds * RATE) * 2 * channels
            pattern = second if sounding else bytes(len(second))
            sound.writeframesraw((pattern * (size // len(second) + 1))[:size])
    return file.getvalue()


def wav_bytes(stretches: Iterable[tuple[float, bool]], channels: int) -> int:
    """How long the file of `wav` is."""
    return HEAD_BYTES + sum(round(seconds * RATE) * 2 * channels for seconds, _ in stretches)


def one_second(channels: int) -> bytes:
    samples = (
        round(LOUDNESS * math.sin(2 * math.pi * TONES[channel] * frame / RATE))
        for frame in range(RATE)
        for channel in range(channels)
    )
    return struct.pack(f"<{RATE * channels}h", *samples)
