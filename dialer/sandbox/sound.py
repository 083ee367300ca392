"""How long words and recordings last."""

import io
import wave

WORDS_PER_SECOND = 2.6
MP3_BYTES_PER_SECOND = 16_000


def say_seconds(text: str) -> float:
    return len(text.split()) / WORDS_PER_SECOND


def play_seconds(media: bytes) -> float:
    """Exact for WAV; anything else is taken for an MP3 of 128 kbit/s."""
    try:
        with wave.open(io.BytesIO(media)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (wave.Error, EOFError):
        return len(media) / MP3_BYTES_PER_SECOND
