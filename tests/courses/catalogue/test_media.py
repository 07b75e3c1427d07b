"""Pictures and films over HTTP: for signed-in people, in parts, and nothing but lesson media."""

from datetime import UTC, datetime

import httpx
import pytest

from courses.catalogue.importing import import_package
from courses.catalogue.media import Span, span_of
from courses.catalogue.tables import LessonMedia
from courses.catalogue.uploads import keep_upload
from portal.core.base import files
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading
from portal.core.base.tables import StoredFile
from tests import make
from tests.browse import Browser
from tests.courses.catalogue.packages import Files, read, sound, with_text
from tests.courses.catalogue.test_pictures import MP4

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
FILM = MP4 + bytes(range(256)) * 3_000


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-", Span(0, 100)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=10-19", Span(10, 20)),
        ("bytes=90-999", Span(90, 100)),
        ("bytes=-1", Span(99, 100)),
        ("bytes=-999", Span(0, 100)),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,5-6", None),
        ("bytes=a-b", None),
        ("bytes=٣-٤", None),
        ("pages=1-2", None),
        (f"bytes=0-{'9' * 5_000}", None),
    ],
)
def test_which_part_a_range_means(header: str | None, span: Span | None) -> None:
    assert span_of(header, 100) == span


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=200-300", "bytes=-0"])
def test_a_range_outside_the_file(header: str) -> None:
    with pytest.raises(ValueError, match="no byte"):
        span_of(header, 100)


def with_film() -> Files:
    files_now: Files = {**sound(), "courses/parcels/media/film.mp4": FILM}
    return with_text("courses/parcels/en/late.md", "First look.", "![how](media/film.mp4)", files_now)


async def address(name: str) -> str:
    async with reading():
        row = await LessonMedia.objects(LessonMedia.file).get(LessonMedia.name == name)
    assert row is not None
    return f"/media/{row.file.ref}/{name}"


@pytest.fixture
async def signed_in(browser: Browser) -> Browser:
    assert (await import_package(SYSTEM, read(with_film()), AT)).ok
    return await make.sign_in(browser, await make.person("owner", "Olive"))


async def fetch(browser: Browser, path: str, **headers: str) -> httpx.Response:
    return await browser.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_a_picture_comes_with_the_headers_that_keep_it_a_picture(signed_in: Browser) -> None:
    response = await fetch(signed_in, await address("box.png"), Accept_Encoding="br, gzip")
    assert (response.status_code, response.headers["content-type"]) == (200, "image/webp")
    assert response.content.startswith(b"RIFF")
    assert response.headers["content-length"] == str(len(response.content))
    assert "content-encoding" not in response.headers
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert response.headers["cache-control"] == "private, max-age=31536000, immutable"


async def test_a_film_comes_whole_and_in_parts(signed_in: Browser) -> None:
    path = await address("film.mp4")
    whole = await fetch(signed_in, path)
    assert (whole.status_code, whole.content, whole.headers["accept-ranges"]) == (200, FILM, "bytes")
    part = await fetch(signed_in, path, Range="bytes=300000-300099")
    assert (part.status_code, part.content) == (206, FILM[300_000:300_100])
    assert part.headers["content-range"] == f"bytes 300000-300099/{len(FILM)}"
    assert part.headers["content-type"] == "video/mp4"
    beyond = await fetch(signed_in, path, Range=f"bytes={len(FILM)}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(FILM)}")


async def test_what_the_browser_has_is_not_sent_again(signed_in: Browser) -> None:
    path = await address("film.mp4")
    etag = (await fetch(signed_in, path)).headers["etag"]
    fresh = await fetch(signed_in, path, If_None_Match=etag)
    assert (fresh.status_code, fresh.content) == (304, b"")
    assert (await fetch(signed_in, path, Range="bytes=0-9", If_Range=etag)).status_code == 206
    assert (await fetch(signed_in, path, Range="bytes=0-9", If_Range='"older"')).status_code == 200


async def test_head_tells_the_size(signed_in: Browser) -> None:
    response = await signed_in.client.head(await address("film.mp4"))
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == str(len(FILM))


async def test_a_visitor_is_sent_to_sign_in(signed_in: Browser) -> None:
    path = await address("box.png")
    signed_in.client.cookies.clear()
    response = await fetch(signed_in, path)
    assert response.status_code in (303, 401)
    assert b"RIFF" not in response.content


async def test_any_other_file_is_not_found(signed_in: Browser) -> None:
    picture, film = await address("box.png"), await address("film.mp4")
    upload = (await keep_upload(1, b"secret", AT)).partition(".")[0]
    ref = picture.split("/")[2]
    for path in (
        f"/media/{upload}/package.zip",
        f"/media/{ref}/film.mp4",
        f"/media/{ref}/BOX.PNG",
        f"/media/{film.split('/')[2]}/box.png",
        "/media/nothing/box.png",
        f"/media/{ref}/..%2Fbox.png",
        f"/media/{ref}/%00",
    ):
        assert (await fetch(signed_in, path)).status_code == 404


async def test_content_that_the_store_lost_is_not_found(signed_in: Browser) -> None:
    path = await address("box.png")
    async with reading():
        row = await StoredFile.objects().get(StoredFile.ref == path.split("/")[2])
    assert row is not None
    await files.remove(row.sha256)
    assert (await fetch(signed_in, path)).status_code == 404
