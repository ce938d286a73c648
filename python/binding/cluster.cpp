// SPDX-License-Identifier: Apache-2.0
#include "cluster.hpp"

#include <nanobind/stl/string.h>

#include "gil.hpp"
#include "millrace/communicator.hpp"
#include "millrace/error.hpp"

namespace nb = nanobind;

namespace millrace::python {

std::unique_ptr<Cluster> cluster_from(nb::handle communicator, const char* who) {
  if (communicator.is_none()) return nullptr;
  if (!nb::hasattr(communicator, "py2f"))
    throw Error(ErrorKind::usage, std::string("[") + who + "] cluster is of type " +
                                      nb::cast<std::string>(nb::str(communicator.type().attr("__name__"))) +
                                      ", expected a communicator of mpi4py, such as MPI.COMM_WORLD");
  const auto library = nb::cast<std::string>(nb::module_::import_("mpi4py.MPI").attr("Get_library_version")());
  const auto handle = nb::cast<int>(communicator.attr("py2f")());
  const GilReleased unlocked;
  return join_cluster(handle, library);
}

}  // namespace millrace::python
