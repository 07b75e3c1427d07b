"""What the benches run on: a database with the shipped curricula, one owner on her way and one who is licensed."""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from certification.exams import actions as exams
from portal import wiring
from portal.core.base.clock import now
from portal.core.base.database import connect, disconnect, writing
from portal.core.base.ids import new_token, token_hash
from portal.core.base.schema import migrate
from portal.core.base.settings import read_settings, use_settings
from portal.core.people.tables import SignIn
from tests import make

SECRET = "a secret for the benches, long enough to be taken"


@dataclass(frozen=True)
class Stage:
    """Where things are and how to come in."""

    database_url: str
    files_url: str
    learner_token: str
    lesson_path: str
    attempt_ref: str
    given: dict[str, object]
    sitter_token: str
    licensed_external_id: str
    api_key: str


def settle(database_url: str, files_url: str, port: int) -> None:
    """The settings that every process of a bench runs with."""
    use_settings(
        read_settings(
            {
                "PORTAL_SECRET_KEY": SECRET,
                "PORTAL_DATABASE_URL": database_url,
                "PORTAL_FILES_URL": files_url,
                "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
            }
        )
    )


async def _sign_in(person_id: int) -> str:
    token = new_token()
    async with writing():
        await SignIn.insert(
            SignIn(
                token_hash=token_hash(token),
                person=person_id,
                device="bench",
                created_at=now(),
                last_seen_at=now(),
                expires_at=now() + timedelta(days=30),
            )
        )
    return token


async def build(database_url: str, folder: Path) -> Stage:
    """Set the stage in an empty database."""
    files_url = f"file://{folder}/files"
    settle(database_url, files_url, 8000)
    wiring.join()
    await connect(database_url)
    await migrate()
    await make.curricula()
    learner = await make.owner("何晓梅")
    assignment = await make.open_assignment(learner.person_id)
    sitter = await make.owner("李芳")
    sitting = await make.open_assignment(sitter.person_id)
    await make.learn_all(sitter.person_id, sitting, now() - timedelta(days=1))
    attempt = await exams.start_attempt(
        await make.viewer(sitter.person_id), sitting, await make.exam_part(sitting), "zh-Hans", now()
    )
    licensed = await make.licensed_owner("王芳", now() - timedelta(days=5))
    stage = Stage(
        database_url=database_url,
        files_url=files_url,
        learner_token=await _sign_in(learner.person_id),
        lesson_path=f"/learn/{assignment}/customers/two-kinds",
        attempt_ref=attempt.ref,
        given={str(place): answer for place, answer in (await make.answers_of(attempt.id)).items()},
        sitter_token=await _sign_in(sitter.person_id),
        licensed_external_id=licensed.external_id,
        api_key=(await make.api_key("rights:read"))["Authorization"],
    )
    await disconnect()
    return stage


def save(stage: Stage, path: Path) -> None:
    path.write_text(json.dumps(asdict(stage)))


def load(path: Path) -> Stage:
    return Stage(**json.loads(path.read_text()))


if __name__ == "__main__":
    url, target = sys.argv[1], Path(sys.argv[2])
    save(asyncio.run(build(url, target.parent)), target)
