"""Whether a font really draws Chinese, or only boxes."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SAMPLE = "\u8bc1"  # the first character of every certificate
_NOWHERE = "\U0010ffff"  # no font has it, so what is drawn for it is the font's box for missing characters
_SIZE = 32


def _picture(font: ImageFont.FreeTypeFont, character: str) -> bytes:
    image = Image.new("L", (_SIZE * 2, _SIZE * 2))
    ImageDraw.Draw(image).text((4, 4), character, font=font, fill=255)
    return image.tobytes()


def draws(path: Path, character: str = SAMPLE) -> bool:
    """Whether the font at `path` has `character`; False where the file is no font."""
    try:
        font = ImageFont.truetype(str(path), _SIZE)
    except OSError:
        return False
    drawn = _picture(font, character)
    return any(drawn) and drawn != _picture(font, _NOWHERE)
