"""Photos of free use, for the demonstration and for tests; CREDITS.md names their makers."""

from pathlib import Path

PHOTOS = tuple(sorted(Path(__file__).parent.glob("*.jpg")))
