"""How the server is configured for the scenarios and the stories, and the scripts that it calls."""

from pathlib import Path

# Where copies for the server are, which the user oar can read.
FOLDER = Path("/usr/local/lib/oar2up")
# What the scripts were called with. Writable for the user oar, and for root, as whom the scripts run on nodes.
NOTES = Path("/var/lib/oar/oar2up")
SLEEP_LOG = NOTES / "sleep"
SUSPEND_LOG = NOTES / "suspend"

# Run on each node by Perl, with a word as its argument; the server appends a hash of the job.
SUSPEND_RESUME = """
my ($name) = join('', <DATA>) =~ /\\bname\\W+(\\w+)/;
open(my $notes, '>>', '{log}') or die;
print $notes "$ARGV[0] $name\\n";
"""
BEFORE_RESUME = """#!/bin/sh
echo "before resume" >> {log}
"""
SLEEP = """#!/bin/sh
while read -r node; do
    echo "{word} $node" >> {log}
    oarnodesetting -h "$node" -s {state} -n > /dev/null
done
"""

SCRIPTS = {
    "suspend_resume.pl": SUSPEND_RESUME.format(log=SUSPEND_LOG),
    "before_resume.sh": BEFORE_RESUME.format(log=SUSPEND_LOG),
    "sleep.sh": SLEEP.format(log=SLEEP_LOG, word="sleep", state="Absent"),
    "wake_up.sh": SLEEP.format(log=SLEEP_LOG, word="wake up", state="Alive"),
}

# The walltimes of the scenarios are short, and so must all delays be.
SETTINGS = {
    "SCHEDULER_JOB_SECURITY_TIME": "5",
    "SCHEDULER_GANTT_HOLE_MINIMUM_TIME": "0",
    # Two are left, whoever has taken some.
    "SCHEDULER_TOKEN_SCRIPTS": "{licence => '/bin/echo 2'}",
    "RESERVATION_WAITING_RESOURCES_TIMEOUT": "10",
    "SUSPEND_RESUME_FILE": str(FOLDER / "suspend_resume.pl"),
    "JUST_BEFORE_RESUME_EXEC_FILE": str(FOLDER / "before_resume.sh"),
    "WALLTIME_CHANGE_ENABLED": "YES",
    "WALLTIME_MAX_INCREASE": "-1",
    "WALLTIME_ALLOWED_USERS_TO_DELAY_JOBS": "*",
    "SCHEDULER_NODE_MANAGER_IDLE_TIME": "5",
    "SCHEDULER_NODE_MANAGER_SLEEP_TIME": "60",
    "SCHEDULER_NODE_MANAGER_SLEEP_CMD": str(FOLDER / "sleep.sh"),
    "SCHEDULER_NODE_MANAGER_WAKE_UP_CMD": str(FOLDER / "wake_up.sh"),
}


def write_scripts() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    NOTES.mkdir(exist_ok=True)
    NOTES.chmod(0o777)
    for name, content in SCRIPTS.items():
        script = FOLDER / name
        script.write_text(content)
        script.chmod(0o755)
