// SPDX-License-Identifier: Apache-2.0
#include "cluster/launch.hpp"

#include <dlfcn.h>

#include <cstdlib>

namespace millrace {

namespace {

// The folder of the file that holds this code.
std::filesystem::path own_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&module_file), &info) == 0 || info.dli_fname == nullptr) return {};
  // Of a program that the shell found on its search path, the name is that of the command.
  const std::filesystem::path name = info.dli_fname;
  std::error_code code;
  const std::filesystem::path file = std::filesystem::canonical(name.is_absolute() ? name : "/proc/self/exe", code);
  return (code ? name : file).parent_path();
}

}  // namespace

Launch launch_of(const char* (*value)(const char* name)) {
  const auto number = [&](const char* name) {
    const char* const text = value(name);
    return text == nullptr ? 0 : std::atoi(text);
  };
  if (value("OMPI_COMM_WORLD_RANK") != nullptr)
    return {"mpirun",
            {"openmpi"},
            number("OMPI_COMM_WORLD_SIZE"),
            number("OMPI_COMM_WORLD_RANK"),
            number("OMPI_COMM_WORLD_LOCAL_RANK")};
  const int tasks = number("SLURM_STEP_NUM_TASKS");
  const bool slurm = value("SLURM_PROCID") != nullptr && tasks > 1;
  if (value("PMIX_RANK") != nullptr)
    return {slurm ? "srun" : "mpirun", {"openmpi", "mpich"}, tasks, number("PMIX_RANK"), number("SLURM_LOCALID")};
  if (value("PMI_RANK") != nullptr)
    return {slurm ? "srun" : "mpirun",
            {"mpich", "openmpi"},
            number("PMI_SIZE"),
            number("PMI_RANK"),
            number(slurm ? "SLURM_LOCALID" : "MPI_LOCALRANKID")};
  if (!slurm) return {};
  return {"srun",
          {},
          tasks,
          number("SLURM_PROCID"),
          number("SLURM_LOCALID"),
          "srun started " + std::to_string(tasks) +
              " processes without PMI, by which they would find one another, expected srun --mpi=pmix (or pmi2)"};
}

Launch launch_of_process() {
  return launch_of([](const char* name) -> const char* { return std::getenv(name); });
}

// A program finds its modules beside it in a build tree; a wheel has them in its folder of libraries.
std::filesystem::path module_file(const std::string& module) {
  const std::string file = "libmillrace-" + module + ".so";
  const std::filesystem::path folder = own_folder();
  for (const std::filesystem::path& path :
       {folder / file, folder / "lib" / file, folder / MILLRACE_LIBRARY_FOLDER / file}) {
    std::error_code code;
    if (std::filesystem::exists(path, code)) return path;
  }
  return {};
}

}  // namespace millrace
