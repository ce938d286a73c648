// SPDX-License-Identifier: Apache-2.0
//
// Runs the ranks of a cluster on threads, as mpirun would run processes.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "support/thread_cluster.hpp"

namespace millrace::test {

/// Calls use(cluster) for every rank at once. An error ends the rank's part. Returns the messages of the errors.
template <class Use>
std::vector<std::string> for_ranks(int ranks, const Use& use) {
  const auto cluster = cluster_of_threads(ranks);
  std::vector<std::string> errors(static_cast<std::size_t>(ranks));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        use(*cluster[rank]);
      } catch (const Error& error) {
        errors[rank] = error.what();
        cluster[rank]->leave(error);
      } catch (const std::exception& error) {  // Model::fit() has left already
        errors[rank] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return errors;
}

}  // namespace millrace::test
