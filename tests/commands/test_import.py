"""portal import: what is taken, what is refused and why, and that nothing is half-imported."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from portal.core.base.database import reading
from portal.core.stores import queries as stores
from portal.core.stores.tables import Store, Vip
from portal.core.supply.tables import Supplier
from portal.service.connect.imports.rows import instant
from portal.service.connect.imports.sheets import BadFile, read_sheet
from tests import make
from tests.commands.conftest import Site

STORES = (
    "external_id,name,opened_at,region,kit_sku,kit_paid_fen,owner_external_id,owner_name,owner_phone,owner_email\n"
    "s1,芳芳家,2026-03-01,江苏 南京,kit-298,29800,o1,王芳,13800000001,o1@example.test\n"
    "s2,娜姐好物,2026-03-02 09:30,湖北 武汉,kit-298,29800,o2,李娜,13800000002,\n"
)
BAD_STORES = STORES + (
    "s3,,2026-03-01,,kit-298,29800,o3,没有店名,13800000003,\n"
    "s4,敏敏,三月一日,,kit-298,29800,o4,张敏,13800000004,\n"
    "s5,洋洋,2026-03-01,,kit-298,-1,o5,刘洋,13800000005,\n"
    "s6,静静,2026-03-01,,kit-298,29800,o6,陈静,13800000001,\n"
)


def file_of(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "rows.csv"
    path.write_bytes(text.encode(encoding))
    return path


async def _names() -> list[str]:
    async with reading():
        return [row["name"] for row in await Store.select(Store.name).order_by(Store.external_id)]


def test_stores_come_with_their_owners(site: Site, tmp_path: Path) -> None:
    ran = site.run("import", "stores", file_of(tmp_path, STORES))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "Took 2 stores: 2 new, 0 here already.\n"
    assert site.do(_names) == ["芳芳家", "娜姐好物"]

    async def opened() -> str:
        async with reading():
            store = await stores.store_by_external_id("s1")
        assert store is not None
        return store.opened_at.isoformat()

    assert site.do(opened) == "2026-02-28T16:00:00+00:00"  # the site's midnight


def test_again_it_changes_nothing(site: Site, tmp_path: Path) -> None:
    file = file_of(tmp_path, STORES)
    site.run("import", "stores", file)
    ran = site.run("import", "stores", file)
    assert ran.out == "Took 2 stores: 0 new, 2 here already.\n"


def test_a_dry_run_says_the_same_and_leaves_nothing(site: Site, tmp_path: Path) -> None:
    ran = site.run("import", "stores", file_of(tmp_path, STORES), "--dry-run")
    assert ran.out == "Would take 2 stores: 2 new, 0 here already.\n"
    assert site.do(_names) == []


def test_bad_rows_are_refused_by_line_and_the_others_taken(site: Site, tmp_path: Path) -> None:
    ran = site.run("import", "stores", file_of(tmp_path, BAD_STORES))
    assert ran.code == 1
    assert ran.err == "Refused: 4 rows of stores.\n"
    refused = [line for line in ran.out.splitlines() if line.startswith("Refused")]
    assert [line.split(":")[0] for line in refused] == [f"Refused line {number}" for number in (4, 5, 6, 7)]
    assert ["name" in refused[0], "opened_at" in refused[1], "kit_paid_fen" in refused[2], "phone" in refused[3]]
    assert site.do(_names) == ["芳芳家", "娜姐好物"]


def test_files_of_chinese_spreadsheets_are_read(site: Site, tmp_path: Path) -> None:
    ran = site.run("import", "stores", file_of(tmp_path, STORES, "gb18030"))
    assert ran.out.splitlines() == ["Read as gb18030.", "Took 2 stores: 2 new, 0 here already."]
    assert site.do(_names) == ["芳芳家", "娜姐好物"]


def test_columns_that_nothing_keeps_are_told(site: Site, tmp_path: Path) -> None:
    text = STORES.replace("owner_email\n", "owner_email,wechat\n")
    ran = site.run("import", "stores", file_of(tmp_path, text))
    assert "Could not keep the column wechat." in ran.out


def test_suppliers_with_their_categories(site: Site, tmp_path: Path) -> None:
    text = (
        "external_id,name,kind,categories,contact_name,contact_phone,contact_email\n"
        "q,秦岭蜂业,goods,食品;礼盒,高建国,029-80000001,sales@qinling.example\n"
        "x,快运,airline,,某人,029-80000002,x@example.test\n"
    )
    ran = site.run("import", "suppliers", file_of(tmp_path, text))
    assert ran.code == 1
    assert "Refused line 3: kind" in ran.out

    async def categories() -> list[str]:
        async with reading():
            return [row["categories"] for row in await Supplier.select(Supplier.categories)]

    assert site.do(categories) == ['["食品", "礼盒"]']


def test_vips_pass_the_gate_or_are_refused(site: Site, tmp_path: Path) -> None:
    async def owners() -> tuple[str, str]:
        await make.curricula()
        licensed = await make.licensed_owner("Olive")
        learning = await make.owner("Otto")
        return licensed.external_id, learning.external_id

    licensed, learning = site.do(owners)
    text = (
        "external_id,name,phone,registered_at,owner\n"
        f"v1,何雨桐,13900000001,2026-11-20 10:00,{licensed}\n"
        f"v2,郭子涵,13900000002,2026-11-20 10:00,{learning}\n"
        "v3,罗佳怡,13900000003,2026-11-20 10:00,nobody\n"
    )
    ran = site.run("import", "vips", file_of(tmp_path, text))
    assert ran.code == 1
    assert [line[:14] for line in ran.out.splitlines()[1:]] == ["Refused line 3", "Refused line 4"]

    async def bound() -> list[str]:
        async with reading():
            return [row["external_id"] for row in await Vip.select(Vip.external_id)]

    assert site.do(bound) == ["v1"]


BROKEN = {
    "empty": b"",
    "binary": b"\x00\x01\x02PK",
    "neither encoding": b"external_id,name\n\xff\xff\xff,\x81",
    "a column twice": b"name,name\n1,2\n",
    "an open quote": b'name\n"open\n',
    "an endless cell": b"name\n" + b"a" * 20_000 + b"\n",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_files_are_a_sentence(new_site: Site, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(BROKEN[kind])
    ran = new_site.run("import", "stores", path)
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a\n" + "1\n" * 200_001)
    with pytest.raises(BadFile, match="import_rows"):
        read_sheet(path.read_bytes())


def test_an_exported_formula_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n'=1+1,'quoted'\n")
    assert read_sheet(path.read_bytes()).rows[0][1] == {"a": "=1+1", "b": "'quoted'"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-03-01", "2026-03-01T00:00:00+08:00"),
        ("2026-03-01 09:30", "2026-03-01T09:30:00+08:00"),
        ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00+00:00"),
        ("soon", "soon"),
    ],
)
def test_a_time_without_a_zone_is_the_sites(typed: str, meant: str) -> None:
    assert instant(typed) == meant


GIFT = """// a bank
::one:: Which one? {=this ~that}

::two:: Broken {=open

::three:: True? {T}
"""


def test_questions_go_into_their_bank(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "bank.gift"
    file.write_text(GIFT)
    ran = site.run("import", "questions", file, "--bank", "trial", "--language", "en")
    assert ran.code == 1
    assert "Took Question bank trial: new (2 added)" in ran.out
    assert "Refused bank.gift line 4" in ran.out
    assert ran.err == "Refused: 1 thing.\n"


def test_questions_without_a_bank_are_bad_usage(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "bank.gift"
    file.write_text(GIFT)
    assert site.run("import", "questions", file).code == 2


def test_a_package_is_taken_whole(site: Site) -> None:
    folder = Path(__file__).parents[2] / "courses/curricula/honest-promotion"
    trial = site.run("import", "course", folder, "--dry-run")
    assert (trial.code, trial.err) == (0, "")
    assert "Would take" in trial.out
    ran = site.run("import", "course", folder)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == trial.out.replace("Would take", "Took")
    assert ": unchanged" in site.run("import", "course", folder).out


def test_a_folder_that_is_no_package_is_refused_with_its_reason(site: Site, tmp_path: Path) -> None:
    ran = site.run("import", "course", tmp_path)
    assert ran.code == 1
    assert "Refused package.toml" in ran.out
    assert ran.err.endswith("Nothing was taken.\n")


def test_suppliers_come_as_a_workbook_too(site: Site, tmp_path: Path) -> None:
    book = Workbook()
    for row in (
        ("external_id", "name", "kind", "contact_name", "contact_phone", "contact_email"),
        ("q", "秦岭蜂业", "goods", "高建国", 2980000001, "sales@qinling.example"),
    ):
        book.active.append(row)
    path = tmp_path / "suppliers.xlsx"
    book.save(path)
    ran = site.run("import", "suppliers", path)
    assert (ran.code, ran.out) == (0, "Took 1 suppliers: 1 new, 0 here already.\n"), ran.err


def test_orders_are_told_by_line_where_they_cannot_be_taken(site: Site, tmp_path: Path) -> None:
    text = (
        "number,updated_at,placed_at,status,vip,paid_fen,name,phone,region,street,line,product,title,quantity,line_paid_fen\n"
        "A-1,2026-11-20,2026-11-20,paid,nobody,100,李芳,13800001234,杭州,文三路,1,honey,蜜,1,100\n"
    )
    ran = site.run("import", "orders", file_of(tmp_path, text), "--dry-run")
    assert ran.code == 1
    assert "Refused line 2: product" in ran.out
