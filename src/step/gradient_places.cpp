// SPDX-License-Identifier: Apache-2.0
#include "step/gradient_places.hpp"

#include <algorithm>

#include "step/weight_ranges.hpp"

namespace millrace {

namespace {

// Of a bucket: with j jobs of a length, w workers are busy for j / (w ceil(j / w)) of the time, so for 3/4 of it and more.
constexpr std::int64_t jobs_of_worker = 3;

}  // namespace

std::int64_t most_buckets(std::int64_t jobs, int workers) {
  return workers == 1 ? std::numeric_limits<std::int64_t>::max()
                      : std::max<std::int64_t>(1, jobs / (jobs_of_worker * workers));
}

GradientPlaces::GradientPlaces(const Network& network, const ParameterStore& store, std::int64_t floats_of_bucket,
                               std::int64_t most)
    : shifts_(network.parameters().size()) {
  for (int p = 0; p < std::ssize(network.parameters()); ++p) {
    const ParameterSpec& spec = network.parameters()[p].spec;
    const IndexRange extent = store.extent(p);
    shifts_[p] = extent.begin - floats_;
    if (!spec.trainable || spec.sparse) continue;
    add_updates(p, store.storage(p));
    floats_ += round_up(extent.size(), cache_line_floats);
  }
  cut_into_buckets(std::clamp<std::int64_t>(floats_ / floats_of_bucket, 1, most));
}

void GradientPlaces::add_updates(int parameter, const ParameterStorage& at) {
  GradientBlock block{.rows = {0, at.rows}, .columns = {0, at.columns}};
  // The number of the parameter in its layer does not matter: updates_ has that of the network.
  if (at.layout.layout == Layout::panels) {
    const std::int64_t step = std::max<std::int64_t>(1, job_floats / (at.rows * panel_columns)) * panel_columns;
    for (std::int64_t column = 0; column < at.columns; column += step) {
      block.columns = {column, std::min(at.columns, column + step)};
      updates_.push_back({parameter, block, floats_ + panel_offset(at.rows, at.columns, 0, column)});
    }
    return;
  }
  block.stride = at.layout.stride;
  // At least two rows: the rounding of weights pairs them.
  const std::int64_t step = round_up(std::max<std::int64_t>(1, job_floats / block.stride), 2);
  for (std::int64_t row = 0; row < at.rows; row += step) {
    block.rows = {row, std::min(at.rows, row + step)};
    updates_.push_back({parameter, block, floats_ + row * block.stride});
  }
}

// Buckets of about the same size. A large layer has several, and small layers share one.
void GradientPlaces::cut_into_buckets(std::int64_t count) {
  Bucket bucket;
  for (std::int64_t job = 0; job < std::ssize(updates_); ++job) {
    const bool last = job + 1 == std::ssize(updates_);
    const std::int64_t end = last ? floats_ : updates_[job + 1].offset;
    if (!last && end < floats_ * (std::ssize(buckets_) + 1) / count) continue;
    bucket.floats.end = end;
    bucket.updates.end = job + 1;
    buckets_.push_back(bucket);
    bucket = {{end, end}, {job + 1, job + 1}};
  }
  if (buckets_.empty()) buckets_.emplace_back();
}

std::int64_t GradientPlaces::bucket_of(std::int64_t place) const {
  const auto after =
      std::ranges::upper_bound(buckets_, place, {}, [](const Bucket& each) { return each.floats.begin; });
  return after - buckets_.begin() - 1;
}

}  // namespace millrace
