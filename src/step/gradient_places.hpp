// SPDX-License-Identifier: Apache-2.0
//
// Where the gradient of a batch in slices lies: the trained parameters one after the other, as in the buffers of the
// store, but those with sparse updates. It is updated in jobs and sent in buckets, which are runs of jobs.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "step/parameter_store.hpp"

namespace millrace {

/// The update of a piece of a parameter. Elements are updated one by one, so the size of a job changes no bit.
struct UpdateJob {
  int parameter = 0;        // of the network
  GradientBlock block;      // of the whole parameter; offset 0
  std::int64_t offset = 0;  // of its gradient
};

/// What is sent at once.
struct Bucket {
  IndexRange floats;   // of a gradient
  IndexRange updates;  // jobs
};

/// Of a bucket: messages of smaller ones take less time than their latency, and larger ones keep the link idle at the
/// beginning and the workers at the end. One process sends nothing.
inline constexpr std::int64_t bucket_floats = 1 << 16, one_bucket = std::int64_t{1} << 62;

/// The most buckets in which all workers have enough to do: they meet at the end of each. jobs: of a slice in the weight
/// phase.
[[nodiscard]] std::int64_t most_buckets(std::int64_t jobs, int workers);

class GradientPlaces {
 public:
  /// floats_of_bucket: about that many floats a bucket, or more, so that there are at most `most` buckets; at least one job.
  /// The bits do not depend on them.
  GradientPlaces(const Network& network, const ParameterStore& store, std::int64_t floats_of_bucket,
                 std::int64_t most = std::numeric_limits<std::int64_t>::max());

  /// Of a gradient: a multiple of a cache line.
  [[nodiscard]] std::int64_t floats() const { return floats_; }
  /// Of the element at `offset` in the buffers of the store.
  [[nodiscard]] std::int64_t place(int parameter, std::int64_t offset) const { return offset - shifts_[parameter]; }
  [[nodiscard]] const std::vector<UpdateJob>& updates() const { return updates_; }
  /// At least one, which is empty if nothing is trained here.
  [[nodiscard]] const std::vector<Bucket>& buckets() const { return buckets_; }
  /// The number of the bucket that has this place.
  [[nodiscard]] std::int64_t bucket_of(std::int64_t place) const;

 private:
  void add_updates(int parameter, const ParameterStorage& at);
  void cut_into_buckets(std::int64_t count);

  std::int64_t floats_ = 0;
  std::vector<std::int64_t> shifts_;  // by parameter
  std::vector<UpdateJob> updates_;
  std::vector<Bucket> buckets_;
};

}  // namespace millrace
