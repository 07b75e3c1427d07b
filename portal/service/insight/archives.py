"""The complaint archive as a source of exports: a row for each complaint with everything that followed from it."""

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.settings import settings
from portal.core.web.i18n import speaking
from portal.core.web.sheets import piece
from portal.service.archive import sheets
from portal.service.archive.queries import Wanted
from portal.service.complaints import queries as complaints
from portal.service.insight.exporting import CSV, XLSX, Piece


class ComplaintArchive:
    """As `/desk/archive` gives it, in the site's language; names stay masked, also where all is asked for."""

    group = "complaints"
    forms: tuple[str, ...] = (CSV, XLSX)

    def _words(self) -> sheets.Words:
        with speaking(settings().language):
            return sheets.words()

    def head(self, form: str) -> bytes:
        return piece(form, [list(self._words().heads)])

    async def count(self) -> int:
        async with reading(long=True):
            rows = await complaints.rows("SELECT count(*) AS n FROM complaints")
        return int(rows[0]["n"])

    async def batch(self, form: str, after: str, *, full: bool = False) -> Piece:
        rows, last = await sheets.part(Wanted(), now(), self._words(), int(after or 0))
        return Piece(piece(form, rows), len(rows), str(last) if last is not None else None)
