"""What the commands of real servers have printed: of OAR 2.5.9 with Perl's JSON, and of OAR 3."""

import pytest

from pydra.workers.oar import answers
from pydra.workers.oar.answers import AnswerError, Details

OARSUB_2 = "[ADMISSION RULE] Set default walltime to 7200.\n[ADMISSION RULE] Modify resource description with type constraints\nOAR_JOB_ID=333\n"
STATES_2 = """{
   "330" : "Terminated",
   "333" : "Hold",
   "332" : "Running"
}
"""
STATES_3 = '{"330": "Terminated", "333": "toLaunch"}\n'
FULL_2 = """{
   "330" : {
      "cpuset_name" : "alice_330",
      "array_index" : 1,
      "startTime" : 1795296785,
      "stdout_file" : "OAR.330.stdout",
      "resubmit_job_id" : 0,
      "launchingDirectory" : "/home/alice",
      "exit_code" : 768,
      "events" : [
         {
            "event_id" : 251,
            "type" : "SWITCH_INTO_TERMINATE_STATE",
            "description" : "[bipbip 330] Ask to change the job state",
            "date" : 1795296792,
            "to_check" : "NO",
            "job_id" : 330
         }
      ],
      "name" : null,
      "command" : "exit 3",
      "message" : "R=1,W=0:5:0,J=B (Karma=0.000,quota_ok)",
      "state" : "Terminated",
      "Job_Id" : 330,
      "stderr_file" : "OAR.330.stderr"
   },
   "335" : {
      "exit_code" : null,
      "resubmit_job_id" : 329,
      "launchingDirectory" : "/home/alice",
      "stderr_file" : "OAR.ok.335.stderr",
      "message" : "",
      "state" : "Waiting"
   }
}
"""
FULL_3 = """{
  "4": {
    "id": 4,
    "array_id": 4,
    "array_index": 1,
    "initial_request": "oarsub --name=ok false",
    "name": "ok",
    "type": "PASSIVE",
    "state": "Terminated",
    "message": "R=1,W=2:0:0,J=B,N=ok",
    "user": "bob",
    "command": "false",
    "exit_code": 256,
    "launching_directory": "/home/bob",
    "stderr_file": "OAR.ok.4.stderr",
    "resubmit_job_id": 0,
    "cpuset_name": "bob_4"
  }
}
"""
EVENTS_2 = """2026-11-21 21:33:08> [329] SWITCH_INTO_ERROR_STATE: [bipbip 329] Ask to change the job state
2026-11-21 21:33:09> [329] RESUBMIT_JOB_AUTOMATICALLY: [bipbip 329] the job 329 is a besteffort and idempotent job so we resubmit it (new id = 340)
"""
EVENTS_3 = (
    '{"4": [{"date": "2026-11-21 21:33:08", "type": "RESUBMIT_JOB_AUTOMATICALLY",'
    ' "description": "Resubmiting job 4 => 7 (type idempotent & exit code = 99 & duration > 60s)"}]}\n'
)


def test_the_number_of_a_submitted_job():
    assert answers.submitted(OARSUB_2) == [333]
    assert answers.submitted("OAR_JOB_ID=4\nOAR_JOB_ID=5\nOAR_ARRAY_ID=4\n") == [4, 5]
    # What oarsub of OAR 2 prints for resources that there are none of.
    assert answers.submitted("Bad resource request\nOAR_JOB_ID=-5\n") == []


def test_states():
    assert answers.states(STATES_2) == {330: "Terminated", 333: "Hold", 332: "Running"}
    assert answers.states(STATES_3) == {330: "Terminated", 333: "toLaunch"}
    assert answers.states("{}\n") == answers.states("") == {}


def test_details_of_oar_2():
    found = answers.details(FULL_2)
    assert found[330] == Details(330, "Terminated", 768, "R=1,W=0:5:0,J=B (Karma=0.000,quota_ok)", "exit 3", "OAR.330.stderr", "/home/alice", 0)
    assert (found[335].resubmission_of, found[335].exit_code) == (329, None)


def test_details_of_oar_3():
    assert answers.details(FULL_3) == {4: Details(4, "Terminated", 256, "R=1,W=2:0:0,J=B,N=ok", "false", "OAR.ok.4.stderr", "/home/bob", 0)}


def test_numbers_may_be_strings():
    assert answers.details('{"4": {"state": "Terminated", "exit_code": "256", "resubmit_job_id": ""}}')[4].exit_code == 256


def test_the_job_as_which_one_was_submitted_again():
    assert answers.successors(EVENTS_2) == {329: 340}
    assert answers.successors(EVENTS_3) == {4: 7}
    assert answers.successors(EVENTS_2 + EVENTS_2.replace("329", "330").replace("340", "341")) == {329: 340, 330: 341}
    assert answers.successors("{}\n") == answers.successors("") == {}


@pytest.mark.parametrize("printed", ["Internal error", "[]", '{"a": "Running"}', '{"4": 5}', '{"4": "Run'])
def test_what_cannot_be_states_is_an_error(printed):
    with pytest.raises(AnswerError, match=r"expected .*, found|expected numbers of jobs"):
        answers.states(printed)


def test_a_job_that_asks_for_it_may_be_resubmitted():
    assert details(exit_code=99 << 8).may_be_resubmitted
    assert details(state="Error").may_be_resubmitted
    assert not details(exit_code=1 << 8).may_be_resubmitted


@pytest.mark.parametrize(("exit_code", "good"), [(0, True), (None, True), (256, False), (9, False)])
def test_a_terminated_job_is_good_if_nothing_speaks_against_it(exit_code, good):
    assert details(exit_code=exit_code).succeeded is good
    assert not details(state="Error", exit_code=exit_code).succeeded


def test_an_ending_is_told_in_words():
    assert details(exit_code=768).ending() == "ended in state Terminated, exit status 3"
    assert details(exit_code=9).ending() == "ended in state Terminated, killed by signal 9"
    assert details(state="Error", message="W=0:1:0").ending() == "ended in state Error, message 'W=0:1:0'"


def details(state: str = "Terminated", exit_code: int | None = None, message: str = "") -> Details:
    return Details(1, state, exit_code, message, "", "", "", 0)
