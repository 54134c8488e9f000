"""The locks that Pydra keeps in the cache while a task runs. A job that is killed leaves them behind, and whoever runs the task next waits for
them for ever."""

import json
import logging
import tempfile
from pathlib import Path

from filelock import SoftFileLock

logger = logging.getLogger("pydra.worker")

# Where a job says which one it is, in the folder of its task.
NUMBER = "_oar_job_id"
# While it runs: which lock it takes.
CLAIM = "_oar_lock.json"


def holder(cache_root: Path, uid: str) -> int | None:
    """The job that runs the task of this uid, or was the last to do so."""
    try:
        return int((cache_root / "oar_scripts" / uid / NUMBER).read_text())
    except (OSError, ValueError):
        return None


def claim(folder: Path, checksum: str) -> None:
    """Notes down, before there is a lock, which one the job will take, and what its process writes into a lock."""
    with tempfile.TemporaryDirectory() as place:
        lock = Path(place) / "lock"
        with SoftFileLock(lock):
            signature = lock.read_text()
    (folder / CLAIM).write_text(json.dumps({"checksum": checksum, "signature": signature}))


def unclaim(folder: Path) -> None:
    (folder / CLAIM).unlink(missing_ok=True)


def holders(cache_root: Path) -> dict[int, str]:
    """The jobs that hold locks, or did so when they were killed, by their numbers: the uids of their tasks."""
    uids = [note.name.removesuffix("_info.json") for note in cache_root.glob("*_info.json")]
    if any(cache_root.glob("*.lock")):
        uids += [note.parent.name for note in cache_root.glob(f"oar_scripts/*/{CLAIM}")]
    return {number: uid for uid in uids if (number := holder(cache_root, uid)) is not None}


def free(cache_root: Path, uid: str) -> None:
    """Removes what a killed job has left. To be called when no job runs the task of this uid.

    Pydra writes down which task holds the lock when it has it, and removes that note before the lock: where there is a note, the lock is this
    task's. Where the job was killed between the two, what is in the lock tells.
    """
    note, claimed = cache_root / f"{uid}_info.json", cache_root / "oar_scripts" / uid / CLAIM
    checksum = noted(note).get("checksum") or signed(cache_root, noted(claimed))
    if checksum:
        for file in (f"{checksum}.lock", f"{checksum}_save.lock", note.name):
            remove(cache_root / file)
    remove(claimed)


def noted(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def signed(cache_root: Path, claimed: dict[str, str]) -> str | None:
    """The checksum of the task if its lock is the one of the job that has noted down this."""
    checksum, signature = claimed.get("checksum"), claimed.get("signature")
    try:
        # Old versions of filelock write nothing into a lock: it may be anybody's.
        return checksum if signature and (cache_root / f"{checksum}.lock").read_text() == signature else None
    except (OSError, ValueError):
        return None


def remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        logger.warning("%s of a job that has ended stays: %s", file, error)
