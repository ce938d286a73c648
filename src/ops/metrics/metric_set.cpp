// SPDX-License-Identifier: Apache-2.0
#include "ops/metrics/metric_set.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "millrace/catalogue.hpp"

namespace millrace {

void KeptRows::reserve(std::int64_t rows, std::int64_t outputs_of_row, std::int64_t targets_of_row, bool weighted) {
  outputs = outputs_of_row;
  target_width = targets_of_row;
  predictions.resize(rows * outputs);
  targets.resize(rows * target_width);
  weights.resize(weighted ? rows : 0);
}

void KeptRows::put(std::int64_t first, const MetricBatch& rows) {
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    std::copy_n(rows.prediction.row(r), outputs, predictions.data() + (first + r) * outputs);
    std::copy_n(rows.target.row(r), target_width, targets.data() + (first + r) * target_width);
    if (!weights.empty()) weights[first + r] = static_cast<float>(rows.weight(r));
  }
}

MetricBatch KeptRows::first(std::int64_t rows) const {
  return {rows,
          outputs,
          target_width,
          {predictions.data(), outputs},
          {targets.data(), target_width},
          weights.empty() ? nullptr : weights.data()};
}

MetricSet::MetricSet(const std::vector<MetricConfig>& configs, std::int64_t outputs, std::int64_t target_width,
                     const MetricView& view, bool weighted)
    : MetricSet({{.metrics = configs, .outputs = outputs, .targets = target_width}}, view, weighted) {}

MetricSet::MetricSet(const std::vector<MetricPart>& parts, const MetricView& view, bool weighted) : unit_(view.unit) {
  for (const MetricPart& part : parts) {
    parts_.push_back({part.first_output, part.outputs, part.first_target, part.targets});
    if (part.first != nullptr) add_metric(part.prefix + "loss", part.first, true);
    const std::vector<std::string> names = metric_names(part.metrics);
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::string& of_classes = parts_.back().of_classes;
      if (of_classes.empty() && metric_row(resolved(part.metrics[i]).op).of_classes) of_classes = names[i];
      const MetricConfig& metric = part.metrics[i];
      add_metric(part.prefix + names[i],
                 make_metric(view.threshold ? at_threshold(metric, *view.threshold, part.outputs) : metric),
                 weighted && is_weighted(metric));
    }
  }
}

void MetricSet::add_metric(std::string name, std::shared_ptr<const Metric> metric, bool weighted) {
  const Part& part = parts_.back();
  metric->check(part.outputs, part.targets);
  names_.push_back(std::move(name));
  entries_.push_back({metric, state_size_, metric->state_size(part.outputs), parts_.size() - 1, weighted});
  uses_weights_ |= weighted;
  state_size_ += entries_.back().size;
  keeps_rows_ |= metric->keeps_rows();
}

MetricBatch MetricSet::Part::of(const MetricBatch& rows) const {
  MetricBatch own = rows;
  own.outputs = outputs;
  own.target_width = targets;
  if (rows.rows == 0) return own;
  own.prediction.data = rows.prediction.data + first_output;
  own.target.data = rows.target.data + first_target;
  return own;
}

MetricBatch MetricSet::rows_of(const Entry& entry, const MetricBatch& rows) const {
  MetricBatch own = parts_[entry.part].of(rows);
  if (!entry.weighted) own.weights = nullptr;
  return own;
}

void MetricSet::add(const MetricBatch& rows, double* sums, KeptRows* kept, std::int64_t first, float* scratch) const {
  if (unit_ == nullptr) return update(rows, sums, kept, first);
  // A few rows at a time, in the unit of the table.
  const std::int64_t outputs = rows.outputs, floats = metric_scratch(outputs) / 2, block = floats / outputs;
  float *const predictions = scratch, *const targets = scratch + floats;
  for (std::int64_t begin = 0; begin < rows.rows; begin += block) {
    MetricBatch part = rows;
    part.rows = std::min(block, rows.rows - begin);
    for (std::int64_t r = 0; r < part.rows; ++r) {
      for (std::int64_t output = 0; output < outputs; ++output) {
        predictions[r * outputs + output] = unit_->own(output, rows.prediction.row(begin + r)[output]);
        targets[r * outputs + output] = unit_->own(output, rows.target.row(begin + r)[output]);
      }
    }
    part.prediction = {predictions, outputs};
    part.target = {targets, outputs};
    if (rows.weights != nullptr) part.weights = rows.weights + begin;
    update(part, sums, kept, first + begin);
  }
}

void MetricSet::update(const MetricBatch& rows, double* sums, KeptRows* kept, std::int64_t first) const {
  if (kept != nullptr) kept->put(first, rows);
  for (const Entry& entry : entries_)
    entry.metric->update(rows_of(entry, rows), {sums + entry.offset, static_cast<std::size_t>(entry.size)});
}

std::vector<NamedValue> MetricSet::results(std::span<const double> sums, const MetricBatch& all) const {
  std::vector<NamedValue> values;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto own = sums.subspan(entries_[i].offset, entries_[i].size);
    values.push_back({names_[i], entries_[i].metric->result(own, rows_of(entries_[i], all))});
  }
  return values;
}

std::string MetricSet::target_problem(std::int64_t column, float value) const {
  const auto part = std::find_if(parts_.begin(), parts_.end(), [&](const Part& each) {
    return column >= each.first_target && column < each.first_target + each.targets;
  });
  if (part == parts_.end() || part->of_classes.empty()) return "";
  const bool numbered = part->outputs > 1 && part->targets == 1;
  // One column for each class. For a single output: 0 or 1, a probability, or -1 or 1 for a hinge loss.
  const bool fits = numbered ? value == std::floor(value) && value >= 0 && value < static_cast<float>(part->outputs)
                             : value >= -1 && value <= 1;
  if (fits) return "";
  return number_text(value) + ", which is no class for " + part->of_classes + "; expected " +
         (numbered ? "a class from 0 to " + std::to_string(part->outputs - 1) : "0 or 1") + ", or a metric of errors";
}

const Metric* MetricSet::find(const std::string& name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  return found == names_.end() ? nullptr : entries_[found - names_.begin()].metric.get();
}

}  // namespace millrace
