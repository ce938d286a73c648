# SPDX-License-Identifier: Apache-2.0
"""The processes that train one model together: a communicator of mpi4py, as fit() takes it."""

import builtins
import contextlib
import os
import platform

from millrace import errors
from millrace.errors import UsageError


def of_several(who, cluster):
    """The communicator; None if this process trains alone."""
    if cluster is None:
        return None
    if not all(hasattr(cluster, name) for name in ("Get_rank", "Get_size", "allgather", "bcast", "py2f")):
        raise UsageError(f"[{who}] cluster is of type {type(cluster).__name__}, expected a communicator of mpi4py, such as MPI.COMM_WORLD")
    return cluster if cluster.Get_size() > 1 else None


ALONE = {"cluster": None, "slices": 0, "wire": "fp32"}


def shared(who, cluster, slices, wire):
    """The arguments of the engine's fit() by which processes train one model; ALONE for a process by itself."""
    return {"cluster": of_several(who, cluster), "slices": slices, "wire": wire}


def is_first(cluster):
    """Whether this process prints and writes files."""
    return cluster is None or cluster.Get_rank() == 0


def of_first(cluster, value):
    """The value of rank 0, in every process."""
    return value if cluster is None else cluster.bcast(value)


@contextlib.contextmanager
def agreed(cluster):
    """What happens meanwhile, each process does by itself. If one of them raises an error, all do, so that none waits for the others."""
    if cluster is None:
        yield
        return
    own = None
    try:
        yield
    except Exception as error:
        own = error
    told = cluster.allgather(None if own is None else (type(own).__name__, f"[rank {cluster.Get_rank()} on {platform.node()}] {own}"))
    if own is not None:
        raise own
    for each in told:
        if each is not None:
            raise _error(*each)


def _error(name, text):
    """An error of another process, of the same class if it is one of millrace's or Python's."""
    kind = getattr(errors, name, None) or getattr(builtins, name, None)
    try:
        return kind(text)
    except TypeError:  # another package's class, or one that takes more than a text
        return RuntimeError(f"{text} ({name})")


def require_same(cluster, who, **given):
    """Raises UsageError, in every process, if one of them has another value of these than rank 0."""
    told = cluster.allgather(given) if cluster is not None else []
    for rank, theirs in enumerate(told):
        for name, first in told[0].items():
            if theirs[name] != first:
                raise UsageError(f"[{who}] {name} ({first} in rank 0, {theirs[name]} in rank {rank}), expected the same in all processes")


@contextlib.contextmanager
def one_voice(cluster):
    """Meanwhile, only rank 0 prints."""
    if is_first(cluster):
        yield
        return
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


def take_weights_of_first(cluster, engine):
    """Gives every process the weights of rank 0: the initial ones may have been drawn from different seeds. Raises UsageError if one of them has
    other layers."""
    if cluster is None:
        return
    require_same(cluster, "cluster", parameters=[(name, shape) for name, shape, _ in engine.parameters()])
    for name, _, _ in engine.parameters():
        values = engine.weights(name)
        cluster.Bcast(values)
        if not is_first(cluster):
            engine.set_weights(name, values)
