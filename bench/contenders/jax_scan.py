# SPDX-License-Identifier: Apache-2.0
"""JAX: one jitted lax.scan over an epoch, the gather by the epoch's permutation inside it, buffers donated.

The permutation itself comes from NumPy: jax.random.permutation sorts, which on the CPU costs more than a small
network's whole step. precision "bf16": operands of products in bfloat16, sums, weights and Adam in fp32. The last, smaller batch is one more step in the same jitted function, so that JAX does the
same work as the others. XLA takes its thread count from the process's affinity, which the caller has set.
"""
import jax
import jax.numpy as jnp
import numpy as np

from job import Job, time_epochs
from workloads import LEARNING_RATE, load, mean_loss

UNROLL = 4  # steps of the scan in one turn of its loop; worth 20 % on classroom, nothing on the others


def initial(workload, random):
    """Glorot-uniform weights and zero biases."""
    weights = []
    for inputs, units in zip(workload.widths, workload.widths[1:]):
        limit = (6 / (inputs + units)) ** 0.5
        weights.append((jnp.asarray(random.uniform(-limit, limit, (inputs, units)), jnp.float32), jnp.zeros(units)))
    return weights


def prepare(workload, data, threads, precision="fp32"):
    arrays = load(workload, data)
    x, y = (jnp.asarray(a) for a in arrays)
    random = np.random.default_rng(1)
    hidden = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu, "tanh": jnp.tanh}[workload.hidden]
    full = workload.rows // workload.batch * workload.batch

    def product(a, b):
        if precision == "bf16":
            return jnp.matmul(a.astype(jnp.bfloat16), b.astype(jnp.bfloat16), preferred_element_type=jnp.float32)
        return a @ b

    def logits(weights, inputs):
        for w, b in weights[:-1]:
            inputs = hidden(product(inputs, w) + b)
        return product(inputs, weights[-1][0]) + weights[-1][1]

    def loss(weights, inputs, targets):
        z = logits(weights, inputs)
        if workload.regression:
            return jnp.mean((z - targets) ** 2)
        if workload.widths[-1] == 1:
            return jnp.mean(jax.nn.softplus(z[:, 0]) - z[:, 0] * targets)
        return jnp.mean(jax.nn.logsumexp(z, axis=1) - jnp.take_along_axis(z, targets[:, None], 1)[:, 0])

    def step(state, batch):
        weights, m, v, count = state
        value, g = jax.value_and_grad(loss)(weights, *batch)
        count = count + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        rate = LEARNING_RATE * jnp.sqrt(1 - 0.999 ** count) / (1 - 0.9 ** count)
        weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-8), weights, m, v)
        return (weights, m, v, count), value

    def epoch(state, order, x, y):
        batches = order[:full].reshape(-1, workload.batch)
        state, values = jax.lax.scan(step, state, (x[batches], y[batches]), unroll=UNROLL)
        if full < workload.rows:
            state, _ = step(state, (x[order[full:]], y[order[full:]]))
        return state, values.mean()

    compiled = jax.jit(epoch, donate_argnums=0)
    state = None

    def run(epochs):
        nonlocal state
        weights = initial(workload, random)
        state = (weights, jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights), jnp.zeros(()))

        def one():
            nonlocal state
            state, value = compiled(state, random.permutation(workload.rows).astype(np.int32), x, y)
            jax.block_until_ready((state, value))

        return time_epochs(one, epochs)

    def loss_now():
        z = jax.jit(logits)(state[0], x)
        if workload.regression:
            return mean_loss(workload, z, arrays[1])
        return mean_loss(workload, jax.nn.sigmoid(z) if workload.widths[-1] == 1 else jax.nn.softmax(z), arrays[1])

    return Job(workload.steps, run, loss_now, notes={"unroll": UNROLL})
