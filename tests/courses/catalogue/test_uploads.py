"""An upload between its check and its import: hers alone, for an hour, and gone afterwards."""

from datetime import UTC, datetime, timedelta

import pytest

from courses.catalogue.uploads import KEPT_FOR, forget_uploads, keep_upload, open_upload
from portal.core.base import files
from portal.core.base.database import reading, writing
from portal.core.base.tables import StoredFile

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
SOON = AT + KEPT_FOR - timedelta(seconds=1)


async def stored() -> list[str]:
    async with reading():
        return [row["sha256"] for row in await StoredFile.select(StoredFile.sha256)]


@pytest.mark.usefixtures("database")
class TestUploads:
    async def test_she_opens_it_for_an_hour(self) -> None:
        token = await keep_upload(7, b"package", AT)
        assert await open_upload(7, token, SOON) == b"package"
        assert await open_upload(7, token, AT + KEPT_FOR) is None

    async def test_nobody_else_does(self) -> None:
        token = await keep_upload(7, b"package", AT)
        ref, _, proof = token.partition(".")
        other = await keep_upload(8, b"other", AT)
        for wrong in ("", ".", ref, f"{ref}.", f"{ref}.{proof[:-1]}x", f"{other.partition('.')[0]}.{proof}", "é.ü"):
            assert await open_upload(7, wrong, SOON) is None
        assert await open_upload(8, token, SOON) is None

    async def test_any_other_file_is_not_opened(self) -> None:
        token = await keep_upload(7, b"package", AT)
        async with writing():
            await StoredFile.update({StoredFile.media_type: "image/webp"}).where(
                StoredFile.ref == token.partition(".")[0]
            )
        assert await open_upload(7, token, SOON) is None

    async def test_afterwards_it_is_forgotten_with_its_content(self) -> None:
        token = await keep_upload(7, b"package", AT)
        (sha256,) = await stored()
        assert await forget_uploads(SOON) == 0
        assert await open_upload(7, token, SOON) == b"package"
        assert await forget_uploads(AT + KEPT_FOR) == 1
        assert await stored() == []
        with pytest.raises(FileNotFoundError):
            await files.read(sha256)
        assert await forget_uploads(AT + KEPT_FOR) == 0

    async def test_content_that_something_else_names_stays(self) -> None:
        await keep_upload(7, b"package", AT)
        await keep_upload(7, b"package", SOON)
        assert await forget_uploads(AT + KEPT_FOR) == 1
        (sha256,) = await stored()
        assert await files.read(sha256) == b"package"

    async def test_content_that_the_store_lost_is_as_gone(self) -> None:
        token = await keep_upload(7, b"package", AT)
        (sha256,) = await stored()
        await files.remove(sha256)
        assert await open_upload(7, token, SOON) is None
        assert await forget_uploads(AT + KEPT_FOR) == 1
