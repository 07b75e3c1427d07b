"""Drawn stand-ins for photos that the demo's people send."""

from io import BytesIO

from PIL import Image, ImageDraw


def cracked_lid() -> bytes:
    """A drawn stand-in for a photo of a cracked lid."""
    picture = Image.new("RGB", (900, 700), "#e9e2d4")
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((260, 220, 640, 620), 60, fill="#c9ccd1", outline="#6b7078", width=8)
    pen.ellipse((250, 150, 650, 300), fill="#8d939c", outline="#4d525a", width=8)
    pen.line((330, 170, 400, 220, 380, 250, 470, 290), fill="#7a1f1a", width=7)
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=82)
    return kept.getvalue()
