# SPDX-License-Identifier: Apache-2.0
"""One contender in its own process.

    worker.py MODULE                                  serve: a JSON request per line on stdin, a JSON reply per line on stdout
    worker.py --job MODULE WORKLOAD DATA THREADS EPOCHS   the whole life of a training job: import, load, train, end

Requests: {"prepare": workload or operation, "data": folder, "threads": n, "seconds": s} prepares and finds out how many epochs
fill s seconds; {"measure": true} times that many, in microseconds per step; {"loss": true} asks for the loss they reached. A reply has the
requested value, or "error", or "skip" with the reason.
"""
import ctypes
import importlib
import json
import os
import signal
import sys
import time
import traceback

from job import Skip
from workloads import parse

PR_SET_PDEATHSIG = 1  # of prctl(2)
FEWEST, MOST = 3, 2000  # epochs of a block


def prepare(module, request):
    start = time.perf_counter()
    contender = importlib.import_module(module)
    workload = getattr(contender, "parse", parse)(request["prepare"])
    job = contender.prepare(workload, request["data"], request["threads"],
                                                  **request.get("options", {}))
    job.run(1)
    ready = time.perf_counter() - start
    job.tune()
    epoch = min(job.run(FEWEST))
    return job, min(max(FEWEST, round(request["seconds"] / epoch)), MOST), ready


def end_with_parent():
    """Asks the kernel to end this process when its parent ends: a stopped process would not notice."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def serve(module):
    end_with_parent()
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # keep the output of libraries out of the replies
    job = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "prepare" in request:
                job = None  # frees the previous workload
                job, epochs, ready = prepare(module, request)
                reply = {"epochs": epochs, "ready_seconds": ready}
            elif "measure" in request:
                reply = {"us": [1e6 * seconds / job.steps for seconds in job.run(epochs)]}
            else:
                reply = {"loss": job.loss(), "notes": job.notes}
        except Skip as reason:
            reply = {"skip": str(reason)}
        except Exception as error:  # a failed contender fills a cell of the table and does not end the run
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        print(json.dumps(reply), file=replies)


def whole_job(module, workload, data, threads, epochs):
    job = importlib.import_module(module).prepare(parse(workload), data, int(threads))
    job.run(int(epochs) - 1)  # run() adds an epoch


if __name__ == "__main__":
    if sys.argv[1] == "--job":
        whole_job(*sys.argv[2:])
    else:
        serve(sys.argv[1])
