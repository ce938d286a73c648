// SPDX-License-Identifier: Apache-2.0
//
// What a plan tells people: its summary, and where numbers stopped being finite.
#include <cmath>
#include <sstream>

#include "base/finite.hpp"
#include "base/text.hpp"
#include "step/plan.hpp"

namespace millrace {

NonFiniteValue Plan::first_non_finite(const std::vector<std::string>& feature_names) const {
  const int inputs = network_->input_count();
  for (int number = 0; number < network_->value_count(); ++number) {
    const ValueBuffers& value = memory_.values()[number];
    const std::optional<MatrixPlace> found = find_non_finite(value.data, batch(), value.width, value.stride);
    if (!found) continue;
    if (number >= inputs) {
      return {number, "the first is the output of " + network_->nodes()[number - inputs].name + ", unit " +
                          std::to_string(found->column + 1)};
    }
    const std::int64_t feature = value.data - memory_.values()[0].data + found->column;
    const bool named = feature < std::ssize(feature_names);
    return {number,
            "the first is feature " + (named ? "'" + feature_names[feature] + "'" : std::to_string(feature + 1))};
  }
  return {network_->value_count(), "every layer's output is finite, the loss itself overflows"};
}

std::string Plan::describe() const {
  std::ostringstream text;
  text << "batch " << batch() << ": " << shards_.size() << " shards of " << shards_.front().size() << " rows, "
       << gradient_jobs().size() << " gradient jobs, " << reduce_jobs().size() << " reductions, " << bytes()
       << " bytes of buffers, " << worker_scratch() * static_cast<std::int64_t>(sizeof(float))
       << " bytes of scratch a worker\n";
  for (int node = 0; node < kernel_count(); ++node)
    text << "  " << network_->nodes()[node].name << ": " << kernels_[node]->describe() << "\n";
  if (options_.training) {
    text << "  by its jobs alone, a step is at most this many times as fast:";
    const char* separator = " ";
    for (const int workers : {2, 8, 32, 64, 128}) {
      const StepSpeed speed = most_speed(workers);
      text << separator << workers << " workers " << number_text(std::round(10 * speed.most) / 10) << " ("
           << speed.phases << " phases)";
      separator = ", ";
    }
    text << "\n";
  }
  return text.str();
}

}  // namespace millrace
