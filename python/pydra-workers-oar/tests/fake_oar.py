"""oarsub, oarstat and oardel without a server, in the dialects of OAR 2.5.9 and OAR 3: they print what those do, and jobs are processes.

Called with the name of a command first. In the folder FAKE_OAR are the jobs, a file each; `dialect`; `calls`: what was called; and what a test may
put there: `fail` (how many calls of oarstat fail), `hide` (numbers of jobs that oarstat leaves out), `hold` (jobs do not start while it is there).
"""

import argparse
import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(os.environ["FAKE_OAR"])
CURRENT = ("Waiting", "Hold", "toLaunch", "Launching", "Running", "Suspended", "Resuming", "Finishing", "toAckReservation")
ENDED = ("Terminated", "Error")


def jobs():
    found = {}
    for file in FOLDER.glob("*.job"):
        found[int(file.stem)] = json.loads(file.read_text())
    return dict(sorted(found.items()))


def put(number, unless=(), **fields):
    """Changes a job, or makes it; and says what it is then. Not in the states `unless`: a job that has been deleted does not begin."""
    with open(FOLDER / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = FOLDER / f"{number}.job"
        job = json.loads(file.read_text()) if file.exists() else {}
        if job.get("state") in unless:
            return None
        job |= fields
        new = file.with_suffix(".new")
        new.write_text(json.dumps(job))
        new.rename(file)
        return job


def create(**fields):
    with open(FOLDER / "numbers", "a+") as numbers:
        fcntl.flock(numbers, fcntl.LOCK_EX)
        numbers.seek(0)
        number = 100 + len(numbers.read())
        numbers.write(".")
    put(number, state="Waiting", exit_code=None, events=[], resubmit_job_id=0, **fields)
    environment = {name: value for name, value in os.environ.items() if name in ("FAKE_OAR", "HOME", "USER")}
    subprocess.Popen(
        [sys.executable, __file__, "run", str(number)],
        env=environment | {"PATH": "/usr/bin:/bin", "OAR_JOB_ID": str(number)},
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return number


def run(number):
    """What the server and the node do with a job."""
    while (FOLDER / "hold").exists():
        time.sleep(0.05)
    job = jobs()[number]
    if job["state"] != "Waiting":
        return
    out, err = (os.path.join(job["directory"], job[name].replace("%jobid%", str(number))) for name in ("stdout", "stderr"))
    with open(out, "wb") as stdout, open(err, "wb") as stderr:
        process = subprocess.Popen(["sh", "-c", job["command"]], cwd=job["directory"], stdout=stdout, stderr=stderr, start_new_session=True)
    if not put(number, unless=ENDED, state="Running", process=process.pid):
        kill(process.pid)
    status = process.wait()
    put(number, unless=ENDED, state="Terminated", exit_code=status << 8 if status >= 0 else -status)


def oarsub(words):
    parser = Parser(add_help=False)
    for option in ("-l --resource", "-t --type"):
        parser.add_argument(*option.split(), action="append", default=[])
    short = {"--name": ["-n"]} if is_oar2() else {}
    for option in ("-q --queue", "-p --property", "-d --directory", "--name", "-O --stdout", "-E --stderr", "--project", "--checkpoint"):
        *letters, name = option.split()
        parser.add_argument(*letters, *short.get(name, []), name)
    parser.add_argument("--hold", action="store_true")
    parser.add_argument("command")
    options = vars(parser.parse_args(words))
    if options["queue"] == "nonsense":
        print("ERROR : The queue nonsense does not exist", file=sys.stderr)
        sys.exit(248)
    name = options["name"] or ""
    default = f"OAR.{name}.%jobid%" if name else "OAR.%jobid%"
    number = create(
        command=options["command"],
        name=name,
        directory=options["directory"] or os.getcwd(),
        stdout=options["stdout"] or f"{default}.stdout",
        stderr=options["stderr"] or f"{default}.stderr",
        types=options["type"],
        resources=options["resource"],
    )
    if is_oar2():
        print("[ADMISSION RULE] Set default walltime to 7200.")
    else:
        print("# INFO:  Moldable instance:  1  Estimated nb resources:  1  Walltime:  7200", file=sys.stderr)
    print(f"OAR_JOB_ID={number}")


class Parser(argparse.ArgumentParser):
    def error(self, message):
        if is_oar2():
            print(f"Unknown option: {message.split('--')[-1]}", file=sys.stderr)
            sys.exit(1)
        print(f"Error: No such option: {message.split()[-1]}", file=sys.stderr)
        sys.exit(2)


def oarstat(words):
    parser = argparse.ArgumentParser()
    for letter in "Jsfe":
        parser.add_argument(f"-{letter}", action="store_true")
    parser.add_argument("-j", type=int, action="append", default=[])
    parser.add_argument("--sql")
    options = parser.parse_args(words)
    if (FOLDER / "fail").exists() and (left := int((FOLDER / "fail").read_text() or 0)):
        (FOLDER / "fail").write_text(str(left - 1))
        sys.exit("DBI connect failed: could not connect to server\nDB connection error, exiting.")
    hidden = (FOLDER / "hide").read_text().split() if (FOLDER / "hide").exists() else []
    known = {number: job for number, job in jobs().items() if str(number) not in hidden}
    if options.sql:
        of = [int(number) for number in options.sql.removeprefix("resubmit_job_id IN (").removesuffix(")").split(",")]
        chosen = {number: job for number, job in known.items() if job["resubmit_job_id"] in of and (is_oar2() or job["state"] in CURRENT)}
    else:
        chosen = {number: known[number] for number in options.j if number in known}
    if options.e:
        events(chosen)
    elif options.s:
        show({str(number): job["state"] for number, job in chosen.items()})
    elif chosen or not is_oar2():
        show({str(number): full(number, job) for number, job in chosen.items()})


def events(chosen):
    if is_oar2():
        for number, job in chosen.items():
            for event in job["events"]:
                print(f"2026-11-21 21:12:34> [{number}] {event['type']}: {event['description']}")
    else:
        show({str(number): [{"date": "2026-11-21 21:12:34", **event} for event in job["events"]] for number, job in chosen.items() if job["events"]})


def full(number, job):
    """The fields that the worker reads, and some more, with the types that either version gives them."""
    common = {"state": job["state"], "name": job["name"], "message": "R=1,W=2:0:0,J=B", "command": job["command"], "project": "default"}
    common |= {name: job[name.removesuffix("_file")].replace("%jobid%", str(number)) for name in ("stdout_file", "stderr_file")}
    if is_oar2():
        return common | {
            "Job_Id": number,
            "array_id": number,
            "owner": "alice",
            "launchingDirectory": job["directory"],
            "exit_code": job["exit_code"],
            "resubmit_job_id": job["resubmit_job_id"],
            "events": [],
            "types": job["types"],
            "startTime": 1795295552,
        }
    return common | {
        "id": number,
        "array_id": number,
        "user": "alice",
        "launching_directory": job["directory"],
        "exit_code": job["exit_code"],
        "resubmit_job_id": job["resubmit_job_id"],
        "cpuset_name": f"alice_{number}",
    }


def show(answer):
    print(json.dumps(answer, indent=3 if is_oar2() else None))


def oardel(words):
    for word in words:
        number = int(word)
        print(f"Deleting the job = {number} ...")
        if number in jobs() and (job := put(number, unless=ENDED, state="Error", exit_code=None)) and "process" in job:
            kill(job["process"])


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)


def is_oar2():
    return (FOLDER / "dialect").read_text() == "2"


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "run":
        run(int(rest[0]))
    elif command == "create":
        print(create(**json.loads(rest[0])))
    else:
        with open(FOLDER / "calls", "a") as calls:
            calls.write(json.dumps([command, *rest]) + "\n")
        {"oarsub": oarsub, "oarstat": oarstat, "oardel": oardel}[command](rest)
