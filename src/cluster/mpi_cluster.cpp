// SPDX-License-Identifier: Apache-2.0
#include "cluster/mpi_cluster.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "base/fail.hpp"
#include "base/pause.hpp"
#include "cluster/module/mpi_module.hpp"

namespace millrace {

namespace {

// Null: it is not there, or `why` says why it cannot be used.
const MillraceMpi* open_module(const std::string& name, std::string& why) {
  std::filesystem::path path = module_file(name);
  const bool found_beside = !path.empty();
  if (!found_beside) path = "libmillrace-" + name + ".so";  // in a folder of the system
  // The components of MPI look for the symbols of its library.
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    if (found_beside) why = ::dlerror();
    return nullptr;
  }
  const auto symbol = reinterpret_cast<MillraceMpiSymbol>(::dlsym(library, millrace_mpi_symbol));
  const MillraceMpi* const found = symbol == nullptr ? nullptr : symbol();
  if (found != nullptr && found->version == millrace_mpi_version) return found;
  why = path.string() + " is of another version";
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
  MpiCluster(const MillraceMpi& mpi, const Launch& launch, const int* communicator) : mpi_(mpi) {
    MillraceMpiFailure failure;
    char host[256] = "";
    if (mpi_.start(communicator, &rank_, &size_, host, &failure) != 0)
      fail(ErrorKind::environment, "cluster", failure.text);
    host_ = host;
    if (launch.processes == 0 || size_ == launch.processes) return;
    mpi_.finish();
    fail(ErrorKind::environment, "cluster",
         "MPI knows " + std::to_string(size_) + " processes, " + launch.by + " started " +
             std::to_string(launch.processes) +
             ", expected the same number: the mpirun of the MPI that millrace was built for");
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
    start(sent, received);
    for (const Pause pause; under_way() > 0;) pause();
  }

  void start(std::span<const Sent> sent, std::span<const Received> received) override {
    const std::vector<MillraceMpiMessage> out = messages(sent), in = messages(received);
    MillraceMpiFailure failure;
    if (mpi_.start_exchange(out.data(), static_cast<int>(out.size()), in.data(), static_cast<int>(in.size()),
                            &failure) != 0)
      report(failure);
  }

  std::int64_t under_way() override {
    long long count = 0;
    MillraceMpiFailure failure;
    if (mpi_.go_on(&count, &failure) != 0) report(failure);
    return count;
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
  [[noreturn]] void report(const MillraceMpiFailure& failure) {
    if (failure.rank < 0) fail(ErrorKind::environment, "cluster", failure.text);
    heard_ = failure.text;
    throw Error(kind_of(failure.code), heard_);
  }

  const MillraceMpi& mpi_;
  int rank_ = 0, size_ = 1, code_ = 0;
  std::string host_, heard_;  // heard_: the error of another rank that has left
  bool left_ = false, all_know_ = true;
};

}  // namespace

std::unique_ptr<Cluster> open_mpi_cluster(const Launch& launch, std::optional<int> communicator) {
  std::string why;
  for (const std::string& name : launch.modules)
    if (const MillraceMpi* const mpi = open_module(name, why); mpi != nullptr)
      return std::make_unique<MpiCluster>(*mpi, launch, communicator ? &*communicator : nullptr);
  const std::string module = "libmillrace-" + launch.modules[0] + ".so";
  fail(ErrorKind::environment, "cluster",
       (communicator ? "a communicator needs " + module + ", which "
                     : launch.by + " started this process, and " + module + " ") +
           (why.empty() ? "is not there" : "cannot be used (" + why + ")") +
           ", expected a millrace that was built with MPI: on Debian, lib" + launch.modules[0] +
           "-dev and a new build");
}

}  // namespace millrace
