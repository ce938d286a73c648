// SPDX-License-Identifier: Apache-2.0
#include "cluster/mpi_cluster.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/fail.hpp"
#include "cluster/module/mpi_module.hpp"

namespace millrace {

namespace {

// The folder of the file that holds this code: a program, a shared library or a Python extension.
std::filesystem::path own_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&open_mpi_cluster), &info) == 0 || info.dli_fname == nullptr) return {};
  // Of a program that the shell found on its search path, the name is that of the command.
  const std::filesystem::path name = info.dli_fname;
  std::error_code code;
  const std::filesystem::path file = std::filesystem::canonical(name.is_absolute() ? name : "/proc/self/exe", code);
  return (code ? name : file).parent_path();
}

// A program finds its modules beside it in a build tree, and in the folder of libraries when it is installed.
const MillraceMpi* open_module(const std::string& name, std::string& why) {
  const std::string file = "libmillrace-" + name + ".so";
  const std::filesystem::path folder = own_folder();
  for (const std::filesystem::path& path :
       {folder / file, folder / MILLRACE_LIBRARY_FOLDER / file, std::filesystem::path(file)}) {
    std::error_code code;
    if (path.has_parent_path() && !std::filesystem::exists(path, code)) continue;
    // The components of MPI look for the symbols of its library.
    void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (library == nullptr) {
      if (path.has_parent_path()) why = ::dlerror();  // else it is in no folder of the system
      continue;
    }
    const auto symbol = reinterpret_cast<MillraceMpiSymbol>(::dlsym(library, millrace_mpi_symbol));
    const MillraceMpi* const found = symbol == nullptr ? nullptr : symbol();
    if (found != nullptr && found->version == millrace_mpi_version) return found;
    why = path.string() + " is of another version";
  }
  return nullptr;
}

ErrorKind kind_of(int code) {
  for (const ErrorKind kind : {ErrorKind::usage, ErrorKind::data, ErrorKind::non_finite, ErrorKind::mismatch,
                               ErrorKind::interrupted, ErrorKind::environment})
    if (exit_code(kind) == code) return kind;
  return ErrorKind::internal;
}

std::vector<MillraceMpiMessage> messages(auto given) {
  std::vector<MillraceMpiMessage> all;
  for (const auto& message : given)
    all.push_back({message.rank, const_cast<std::byte*>(message.bytes.data()), message.bytes.size()});
  return all;
}

class MpiCluster final : public Cluster {
 public:
  MpiCluster(const MillraceMpi& mpi, const Launch& launch) : mpi_(mpi) {
    MillraceMpiFailure failure;
    char host[256] = "";
    if (mpi_.start(&rank_, &size_, host, &failure) != 0) fail(ErrorKind::environment, "cluster", failure.text);
    host_ = host;
    if (launch.processes == 0 || size_ == launch.processes) return;
    mpi_.finish();
    fail(ErrorKind::environment, "cluster",
         "MPI knows " + std::to_string(size_) + " processes, " + launch.by + " started " +
             std::to_string(launch.processes) +
             ", expected as many: the mpirun of the MPI that millrace was built for");
  }

  // The first ranks to finish would spin in MPI until the last one comes, and slow it down.
  ~MpiCluster() override {
    if (!left_) {
      try {
        std::byte nothing{};
        std::vector<Sent> sent;
        std::vector<Received> received;
        std::vector<std::byte> memory(static_cast<std::size_t>(size_));
        for (int rank = 0; rank < size_; ++rank) {
          if (rank == rank_) continue;
          sent.push_back({rank, std::span(&nothing, 1)});
          received.push_back({rank, std::span(memory).subspan(static_cast<std::size_t>(rank), 1)});
        }
        exchange(sent, received);
      } catch (const Error& error) {
        leave(error);
      }
    }
    if (all_know_)
      mpi_.finish();
    else
      mpi_.end_all(code_);
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string host() const override { return host_; }

  void exchange(std::span<const Sent> sent, std::span<const Received> received) override {
    const std::vector<MillraceMpiMessage> out = messages(sent), in = messages(received);
    MillraceMpiFailure failure;
    if (mpi_.exchange(out.data(), static_cast<int>(out.size()), in.data(), static_cast<int>(in.size()), &failure) == 0)
      return;
    if (failure.rank < 0) fail(ErrorKind::environment, "cluster", failure.text);
    heard_ = failure.text;
    throw Error(kind_of(failure.code), heard_);
  }

  bool leave(const Error& error) noexcept override {
    if (left_) return all_know_;
    left_ = true;
    code_ = exit_code(error.kind());
    // An error of another rank is passed on as it came: some may hear of it from here first.
    const std::string what = error.what();
    const std::string text = what == heard_ ? what : "[rank " + std::to_string(rank_) + " on " + host_ + "] " + what;
    all_know_ = mpi_.leave(code_, text.c_str()) != 0;
    return all_know_;
  }

 private:
  const MillraceMpi& mpi_;
  int rank_ = 0, size_ = 1, code_ = 0;
  std::string host_, heard_;  // heard_: the error of another rank that has left
  bool left_ = false, all_know_ = true;
};

}  // namespace

Launch launch_of(const char* (*value)(const char* name)) {
  const auto number = [&](const char* name) {
    const char* const text = value(name);
    return text == nullptr ? 0 : std::atoi(text);
  };
  if (value("OMPI_COMM_WORLD_RANK") != nullptr) return {"mpirun", {"openmpi"}, number("OMPI_COMM_WORLD_SIZE")};
  const bool slurm = value("SLURM_PROCID") != nullptr && number("SLURM_STEP_NUM_TASKS") > 1;
  if (value("PMIX_RANK") != nullptr)
    return {slurm ? "srun" : "mpirun", {"openmpi", "mpich"}, number("SLURM_STEP_NUM_TASKS")};
  if (value("PMI_RANK") != nullptr) return {slurm ? "srun" : "mpirun", {"mpich", "openmpi"}, number("PMI_SIZE")};
  if (slurm)
    fail(ErrorKind::environment, "cluster",
         "srun started " + std::to_string(number("SLURM_STEP_NUM_TASKS")) +
             " processes without PMI, by which they would find one another, expected srun --mpi=pmix (or pmi2)");
  return {};
}

std::unique_ptr<Cluster> open_mpi_cluster(const Launch& launch) {
  std::string why;
  for (const std::string& name : launch.modules)
    if (const MillraceMpi* const mpi = open_module(name, why); mpi != nullptr)
      return std::make_unique<MpiCluster>(*mpi, launch);
  fail(ErrorKind::environment, "cluster",
       launch.by + " started this process, and libmillrace-" + launch.modules[0] + ".so " +
           (why.empty() ? "is not there" : "cannot be used (" + why + ")") +
           ", expected a millrace that was built with MPI: on Debian, lib" + launch.modules[0] +
           "-dev and a new build");
}

}  // namespace millrace
