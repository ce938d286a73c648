// SPDX-License-Identifier: Apache-2.0
#include "harness/workload.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/random.hpp"
#include "ops/layers/layer.hpp"

namespace millrace::bench {

std::vector<LayerConfig> Workload::layers() const {
  std::vector<LayerConfig> result;
  for (std::size_t i = 1; i < widths.size(); ++i)
    result.push_back(parse_layer(std::to_string(widths[i]) + ":" + (i + 1 == widths.size() ? output() : hidden)));
  return result;
}

double Workload::step_flops() const {
  double forward = 0;
  for (std::size_t i = 1; i < widths.size(); ++i)
    forward += static_cast<double>(widths[i - 1]) * static_cast<double>(widths[i]);
  return 2 * static_cast<double>(batch) * (3 * forward - static_cast<double>(widths[0] * widths[1]));
}

std::span<const Workload> workloads() {
  static const std::vector<Workload> all{
      {"classroom", 1000, {400, 25, 15, 1}, "sigmoid", 32},
      {"tabular", 20000, {30, 64, 32, 1}, "relu", 256},
      {"mnist", 12800, {784, 512, 256, 10}, "relu", 128},
      {"wide", 4096, {1024, 2048, 2048, 1024, 10}, "relu", 512},
  };
  return all;
}

const Workload& workload(const std::string& name) {
  for (const Workload& w : workloads()) {
    if (w.name == name) return w;
  }
  throw std::runtime_error("no workload " + name);
}

namespace {

// x: matrices of numbers between -1 and 1; y: their exponentials, as the sum of the powers.
Table exponentials(const Workload& w) {
  constexpr std::int64_t numbers = 4;
  constexpr int powers = 30;
  Table table{Matrix(w.rows, numbers), Matrix(w.rows, numbers)};
  Random random(1, RandomStream::noise);
  for (std::int64_t r = 0; r < w.rows; ++r) {
    float* const x = table.x.row(r);
    for (std::int64_t i = 0; i < numbers; ++i) x[i] = 2 * random.uniform() - 1;
    std::array<double, numbers> power{1, 0, 0, 1}, sum = power;
    for (int k = 1; k < powers; ++k) {
      const std::array<double, numbers> p = power;
      power = {(p[0] * x[0] + p[1] * x[2]) / k, (p[0] * x[1] + p[1] * x[3]) / k, (p[2] * x[0] + p[3] * x[2]) / k,
               (p[2] * x[1] + p[3] * x[3]) / k};
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += power[i];
    }
    std::ranges::copy(sum, table.y.row(r));
  }
  return table;
}

}  // namespace

Table table_of(const Workload& w) {
  if (w.regression) return exponentials(w);
  const std::int64_t inputs = w.widths.front(), deciding = std::min<std::int64_t>(inputs, 16),
                     classes = w.widths.back();
  // Every row begins at another place in a pool of draws. A few inputs decide the label.
  constexpr std::int64_t pool_size = 1 << 17;
  Random random(1, RandomStream::noise);
  std::vector<float> pool(pool_size + inputs), rule(deciding * classes);
  for (float& value : pool) value = static_cast<float>(random.normal());
  for (float& value : rule) value = static_cast<float>(random.normal());
  Table table{Matrix(w.rows, inputs), Matrix(w.rows, 1)};
  std::vector<float> scores(classes);
  for (std::int64_t r = 0; r < w.rows; ++r) {
    float* const row = table.x.row(r);
    std::copy_n(pool.begin() + static_cast<std::int64_t>(random.below(pool_size)), inputs, row);
    std::fill(scores.begin(), scores.end(), 0.0F);
    for (std::int64_t i = 0; i < deciding; ++i) {
      for (std::int64_t c = 0; c < classes; ++c) scores[c] += row[i] * rule[i * classes + c];
    }
    *table.y.row(r) = classes == 1
                          ? (scores[0] > 0 ? 1.0F : 0.0F)
                          : static_cast<float>(std::max_element(scores.begin(), scores.end()) - scores.begin());
  }
  return table;
}

Dataset Table::dataset() const { return Dataset::view(x.values(), x.columns(), y.values(), y.columns()); }

}  // namespace millrace::bench
