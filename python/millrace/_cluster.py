# SPDX-License-Identifier: Apache-2.0
"""The processes that train one model together: a communicator of mpi4py, as fit() takes it."""

import contextlib
import os

from millrace.errors import UsageError


def of_several(who, cluster):
    """The communicator; None if this process trains alone."""
    if cluster is None:
        return None
    if not all(hasattr(cluster, name) for name in ("Get_rank", "Get_size", "bcast", "py2f")):
        raise UsageError(f"[{who}] cluster is of type {type(cluster).__name__}, expected a communicator of mpi4py, such as MPI.COMM_WORLD")
    return cluster if cluster.Get_size() > 1 else None


def is_first(cluster):
    """Whether this process prints and writes files."""
    return cluster is None or cluster.Get_rank() == 0


def of_first(cluster, value):
    """The value of rank 0, in every process."""
    return value if cluster is None else cluster.bcast(value)


@contextlib.contextmanager
def one_voice(cluster):
    """Meanwhile, only rank 0 prints."""
    if is_first(cluster):
        yield
        return
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


def take_weights_of_first(cluster, engine):
    """Gives every process the weights of rank 0: the initial ones may have been drawn from different seeds."""
    for name, _, _ in engine.parameters() if cluster is not None else ():
        values = engine.weights(name)
        cluster.Bcast(values)
        if not is_first(cluster):
            engine.set_weights(name, values)
