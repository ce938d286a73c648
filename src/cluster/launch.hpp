// SPDX-License-Identifier: Apache-2.0
//
// What started this process together with others, as its environment says, and which MPI can speak with it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace millrace {

struct Launch {
  std::string by;                    ///< "mpirun", "srun"; empty: a user or a program that knows nothing of MPI
  std::vector<std::string> modules;  ///< which can speak with it: "openmpi", "mpich"; the better one first
  int processes = 0;                 ///< that were started together; 0: not known
  int rank = 0;                      ///< of this one
  int on_host = 0;                   ///< its number among the processes of its host; 0 also if that is not known
  std::string problem{};             ///< why the processes cannot find one another; empty: they can

  [[nodiscard]] bool alone() const { return by.empty() || processes == 1; }
};

/// value: of a variable of the environment; null if it is not set.
[[nodiscard]] Launch launch_of(const char* (*value)(const char* name));
/// Of this process.
[[nodiscard]] Launch launch_of_process();

/// The file of a module, "openmpi" or "mpich", beside the program, library or Python extension that this code is in, or
/// where its installation has libraries; empty if it is not there.
[[nodiscard]] std::filesystem::path module_file(const std::string& module);

}  // namespace millrace
