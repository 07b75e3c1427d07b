"""Pictures are drawn anew; films are known by their content; nothing else gets in."""

import io
import struct
import zlib

import pytest
from PIL import Image

from courses.catalogue.content import Media
from courses.catalogue.pictures import LARGEST_FILM, LARGEST_PICTURE, LONGEST_SIDE, Unfit, clean_media
from tests.courses.catalogue.packages import picture

MP4 = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"\0" * 200
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + b"\0" * 200


def opened(media: Media) -> Image.Image:
    return Image.open(io.BytesIO(media.content))


def unfit(data: bytes) -> str:
    with pytest.raises(Unfit) as refused:
        clean_media("x", data)
    return refused.value.code


def header_only(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "HEIF"])
def test_each_kind_of_picture_comes_out_as_webp(form: str) -> None:
    media = clean_media("box.any", picture(form))
    assert (media.media_type, media.width, media.height) == ("image/webp", 60, 40)
    assert opened(media).format == "WEBP"
    red, green, blue = opened(media).convert("RGB").getpixel((30, 20))  # type: ignore[misc]
    assert green > 100
    assert max(red, blue) < 30


def test_the_same_file_has_the_same_digests() -> None:
    first, again = clean_media("a", picture()), clean_media("b", picture())
    assert (first.source, first.sha256) == (again.source, again.sha256)
    assert clean_media("a", picture(colour="red")).source != first.source


def test_metadata_and_what_hides_behind_the_end_are_dropped() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where she lives"
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, "JPEG", exif=exif, comment=b"a secret")
    media = clean_media("photo.jpg", out.getvalue() + b"<script>alert(1)</script>")
    for hidden in (b"she lives", b"secret", b"<script>"):
        assert hidden not in media.content
    assert not opened(media).getexif()


def test_a_photo_taken_sideways_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, "JPEG", exif=exif)
    assert (clean_media("photo.jpg", out.getvalue()).width, clean_media("photo.jpg", out.getvalue()).height) == (40, 60)


def test_a_large_picture_is_made_smaller() -> None:
    media = clean_media("wide.png", picture(size=(4_000, 1_000)))
    assert (media.width, media.height) == (LONGEST_SIDE, LONGEST_SIDE // 4)


def test_of_a_moving_picture_the_first_is_kept() -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("green", "red")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    shown = opened(clean_media("moving.gif", out.getvalue()))
    assert getattr(shown, "n_frames", 1) == 1
    assert shown.convert("RGB").getpixel((0, 0)) == (0, 128, 0)


def test_transparency_stays() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (60, 40), (0, 128, 0, 0)).save(out, "PNG")
    assert opened(clean_media("clear.png", out.getvalue())).mode == "RGBA"


def test_wider_colours_are_brought_to_what_screens_show() -> None:
    from PIL import ImageCms  # noqa: PLC0415 - the one test that needs it

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, "JPEG", icc_profile=profile)
    assert "icc_profile" not in opened(clean_media("photo.jpg", out.getvalue())).info
    broken = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(broken, "JPEG", icc_profile=b"no profile")
    assert clean_media("photo.jpg", broken.getvalue()).width == 60


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "picture_unknown"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "picture_unknown"),
        (b"<html><script>alert(1)</script>", "picture_unknown"),
        (picture("BMP"), "picture_unknown"),
        (picture("TIFF"), "picture_unknown"),
        (b"\0\0\0\x18ftypqt  " + b"\0" * 100, "picture_unknown"),
        (b"\x1aE\xdf\xa3matroska", "picture_unknown"),
        (picture("PNG")[:70], "picture_broken"),
        (picture("JPEG")[:300], "picture_broken"),
        (header_only(100, 100), "picture_broken"),
        (header_only(7_000, 7_000), "picture_too_large"),
        (header_only(12_000, 12_000), "picture_too_large"),
        (header_only(60_000, 60_000), "picture_too_large"),
        (b"\0" * (LARGEST_PICTURE + 1), "picture_too_heavy"),
        (MP4 + b"\0" * LARGEST_FILM, "film_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_refused(data: bytes, code: str) -> None:
    assert unfit(data) == code


@pytest.mark.parametrize(("data", "media_type"), [(MP4, "video/mp4"), (WEBM, "video/webm")])
def test_films_are_kept_as_they_are(data: bytes, media_type: str) -> None:
    media = clean_media("film.any", data)
    assert (media.media_type, media.content, media.width) == (media_type, data, None)
