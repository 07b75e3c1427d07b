"""Beside the line: her manager sees the team and reminds her; admins see people, stores, rights and the trail."""

from tests.journeys.misdeed import sign_in
from tests.journeys.server import until
from tests.journeys.story import OWNER, STORE, Story


async def her_manager_reminds_her(story: Story) -> None:
    """Who is where, who is stuck; a reminder reaches her inbox and her mail."""
    manager, letters = story.staff["manager"], len(story.site.letters(f"{OWNER}@example.test"))
    await sign_in(manager, "manager")
    await manager.go("/manage")
    await manager.says(story.cast.owner, "table.desk")
    assert await manager.at("table.desk tbody tr").count() == 1 + len(story.cast.others)
    await manager.snap("her manager's team", main=True)
    await manager.tap_to(f"table.desk a[href='/manage/stores/{STORE}']", f"/manage/stores/{STORE}")
    await manager.snap("one of the team")
    await manager.tap("form[action$='/reminders'] button")
    await manager.at("#toasts .toast").wait_for()
    await until(lambda: len(story.site.letters(f"{OWNER}@example.test")) > letters, "the reminder by mail")
    await story.owner.go("/notices")
    await story.owner.at("main .cells .chip").first.wait_for()
    await story.owner.snap("reminded")


async def admins_oversee(story: Story) -> None:
    """Overview, rights with why each is as it is, people, stores, and the audit trail."""
    admin = story.staff["second-admin"]
    for path, name in (
        ("/admin", "overview"),
        ("/admin/rights", "rights"),
        (f"/admin/rights/{STORE}", "her right's story"),
        ("/admin/people", "people"),
        ("/admin/stores", "stores"),
        ("/admin/audit", "audit trail"),
    ):
        await admin.go(path)
        await admin.at("h1").wait_for()
        if path not in ("/admin", "/admin/audit"):
            await admin.says(story.cast.owner)
        await admin.snap(name)
    assert await admin.at("table.desk tbody tr").count() >= 20
