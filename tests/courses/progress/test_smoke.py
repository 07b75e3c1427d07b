from tests import cast, make
from portal.core.base.clock import now

async def test_smoke(open_browser):
    await make.curricula()
    stage = await cast.enter()
    b = await make.sign_in(open_browser(), stage.olive.person_id)
    aid = await make.open_assignment(stage.olive.person_id)
    for path in ("/learn", f"/learn/{aid}", f"/learn/{aid}/presale", f"/learn/{aid}/presale/greet-and-ask", f"/learn/{aid}/presale/check"):
        p = await b.get(path)
        print(path, p.status, p.text[:600])
        assert p.status == 200
    m = await make.sign_in(open_browser(), stage.mona)
    for path in ("/manage/assign", "/manage/assignments", f"/manage/assignments/{aid}"):
        p = await m.get(path)
        print(path, p.status, p.text[:900])
        assert p.status == 200
