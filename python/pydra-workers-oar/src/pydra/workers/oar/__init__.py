"""The Pydra worker for OAR: `Submitter(worker="oar", oarsub_args="-l host=1/core=1")` runs each task as a job of OAR."""

from pydra.workers.oar.worker import OarWorker

__all__ = ["OarWorker", "Worker"]

# The name under which Pydra looks for a worker.
Worker = OarWorker
