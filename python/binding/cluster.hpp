// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "millrace/cluster.hpp"

namespace millrace::python {

/// The processes of a communicator of mpi4py; null for None and for a communicator of one process. All its processes call
/// it at once. who: the function, for messages. Throws Error: usage (another object), environment.
[[nodiscard]] std::unique_ptr<Cluster> cluster_from(nanobind::handle communicator, const char* who);

}  // namespace millrace::python
