// SPDX-License-Identifier: Apache-2.0
//
// Usage, in a program that mpirun starts:
//   const std::unique_ptr<Cluster> cluster = join_cluster();  // null: this process trains alone
//   model.fit(data, {.epochs = 10, .cluster = cluster.get()});
//   if (writes_files(cluster.get())) model.export_onnx("model.onnx");
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "millrace/error.hpp"

namespace millrace {

/// The processes that train one model together, and the way messages travel between them. Process number rank() is one
/// of size(). All of them call the same functions in the same order. A class of your own can carry the messages in
/// another way.
class Cluster {
 public:
  struct Sent {
    int rank = 0;  ///< of the receiver
    std::span<const std::byte> bytes{};
  };
  struct Received {
    int rank = 0;  ///< of the sender
    std::span<std::byte> bytes{};
  };

  Cluster() = default;
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  virtual ~Cluster() = default;

  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;
  /// Name of the machine of this process.
  [[nodiscard]] virtual std::string host() const = 0;
  /// Returns when every message has been sent and received. Messages from one rank to another arrive in their order, and
  /// both sides agree on their sizes. Throws Error{environment} if the connection fails, and "[rank 2 on b] ..." with the
  /// kind of the other rank's error after that rank has called leave().
  virtual void exchange(std::span<const Sent> sent, std::span<const Received> received) = 0;
  /// Starts an exchange and may return before it has ended, so that the caller computes meanwhile. The messages (their
  /// memory, not the spans) stay untouched until it has ended. Several may be under way; they end in their order. A class
  /// that defines this one defines under_way() too. Default: exchange(), at once.
  virtual void start(std::span<const Sent> sent, std::span<const Received> received) { exchange(sent, received); }
  /// Lets the exchanges that were started go on, and returns how many of them have not ended. Throws as exchange(), which
  /// nobody calls while any is under way.
  [[nodiscard]] virtual std::int64_t under_way() { return 0; }
  /// Ends this rank's part with an error: exchange() and under_way() of every other rank throw it from now on. Model::fit()
  /// calls it when it throws, perhaps twice. Exchanges that are under way end with it. Returns whether all ranks have heard
  /// of it.
  virtual bool leave(const Error& error) noexcept = 0;
};

/// Where a process of a cluster runs.
struct Placement {
  int rank = 0;
  std::string host;
  std::int64_t process = 0;  ///< its number there
  int processors = 1;        ///< that it may use
  int sharing = 1;           ///< processes of the cluster that share these processors, itself included
  int limit = 0;             ///< of its threads, by OMP_NUM_THREADS; 0: none

  /// Threads by default: an equal share of the processors, up to the limit.
  [[nodiscard]] int threads() const {
    const int share = processors > sharing ? processors / sharing : 1;
    return limit > 0 && limit < share ? limit : share;
  }
};

/// Of all ranks, in their order. All ranks call it at once.
[[nodiscard]] std::vector<Placement> placement(Cluster& cluster);

/// The processes that mpirun or srun has started together with this one; null if none started it, or it alone. Loads MPI
/// only in the first case. Keep it until the process ends: its destructor waits for the other ranks. Throws
/// Error{environment} if MPI is missing or does not start.
[[nodiscard]] std::unique_ptr<Cluster> join_cluster();

/// Whether this process writes the files of a training, as Model::fit() does: rank 0, or the only one (null).
[[nodiscard]] inline bool writes_files(const Cluster* cluster) { return cluster == nullptr || cluster->rank() == 0; }

}  // namespace millrace
