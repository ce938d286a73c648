// SPDX-License-Identifier: Apache-2.0
#include "step/parameter_store.hpp"

#include <algorithm>
#include <cmath>

#include "base/finite.hpp"

namespace millrace {

ParameterStore::ParameterStore(const Network& network) : network_(&network) {
  std::int64_t total = 0;
  for (const NetworkParameter& parameter : network.parameters()) {
    ParameterStorage storage;
    const Shape& shape = parameter.spec.shape;
    storage.columns = shape.empty() ? 1 : shape.back();
    storage.rows = parameter.size / std::max<std::int64_t>(1, storage.columns);
    storages_.push_back(storage);
    offsets_.push_back(total);
    // Reserve room for any layout, so that offsets do not depend on it.
    total += round_up(parameter.spec.matmul_operand ? std::max(storage.rows * row_stride(storage.columns),
                                                               panel_floats(storage.rows, storage.columns))
                                                    : parameter.size,
                      cache_line_floats);
  }
  weights_ = Buffer(total);
  for (std::size_t i = 0; i < storages_.size(); ++i) storages_[i].data = weights_.data() + offsets_[i];
  choose_layouts();
}

void ParameterStore::choose_layouts() {
  for (std::size_t i = 0; i < storages_.size(); ++i) {
    ParameterStorage& storage = storages_[i];
    storage.layout = network_->parameters()[i].spec.matmul_operand
                         ? weights_layout(storage.rows, storage.columns, kernels_)
                         : MatrixLayout{Layout::rows, storage.columns};
  }
}

void ParameterStore::use(ProductPrecision precision) {
  if (precision == precision_) return;
  precision_ = precision;
  raise_weights_version();
  rounded_.clear();
  for (std::size_t i = 0; i < storages_.size(); ++i) {
    ParameterStorage& storage = storages_[i];
    storage.rounded = {};
    if (precision == ProductPrecision::fp32 || !network_->parameters()[i].spec.matmul_operand ||
        !pays_bfloat16(storage.rows, storage.columns))
      continue;
    const auto add = [&](std::int64_t floats) {
      return reinterpret_cast<BfloatPair*>(rounded_.emplace_back(floats).data());
    };
    storage.rounded.forward = add(pair_panel_floats(storage.rows, storage.columns));
    storage.rounded.backward = add(pair_panel_floats(storage.columns, storage.rows));
  }
}

void ParameterStore::use(KernelChoice kernels, ProductPrecision precision) {
  use(precision);
  if (kernels == kernels_) return;
  const std::vector<ParameterStorage> before = storages_;
  kernels_ = kernels;
  choose_layouts();
  const auto is_as_before = [](const ParameterStorage& now, const ParameterStorage& then) {
    return now.layout.layout == then.layout.layout && now.layout.stride == then.layout.stride;
  };
  if (std::ranges::equal(storages_, before, is_as_before)) return;
  ++layout_version_;
  const std::vector<ParameterStorage> after = storages_;
  for (int index = weights; index < std::ssize(buffers_); ++index) {
    storages_ = before;
    const std::vector<float> flat = flat_values(index);
    storages_ = after;
    buffer(index).clear();
    load(index, flat);
  }
}

void ParameterStore::initialize(std::uint64_t seed) {
  for (int i = 0; i < std::ssize(storages_); ++i) set_values(i, network_->initial_values(i, seed));
}

namespace {

// Calls use(offset in the stored parameter, count) for the contiguous runs of one row, in order.
template <class Use>
void for_each_run_of_row(const ParameterStorage& at, std::int64_t row, const Use& use) {
  if (at.layout.layout != Layout::panels) return use(row * at.layout.stride, at.columns);
  for (std::int64_t column = 0; column < at.columns; column += panel_columns)
    use(panel_offset(at.rows, at.columns, row, column), std::min(panel_columns, at.columns - column));
}

}  // namespace

template <class Visit>
void ParameterStore::for_each_run(int parameter, const Visit& visit) const {
  const ParameterStorage& at = storage(parameter);
  std::int64_t done = 0;
  for (std::int64_t row = 0; row < at.rows; ++row) {
    for_each_run_of_row(at, row, [&](std::int64_t offset, std::int64_t count) {
      visit(done, offset, count);
      done += count;
    });
  }
}

std::vector<float> ParameterStore::values(int parameter) const {
  std::vector<float> result(storage(parameter).rows * storage(parameter).columns);
  const float* const from = storage(parameter).data;
  for_each_run(parameter, [&](std::int64_t to, std::int64_t at, std::int64_t count) {
    std::copy_n(from + at, count, result.data() + to);
  });
  return result;
}

void ParameterStore::set_values(int parameter, std::span<const float> values) {
  raise_weights_version();
  float* const to = storage(parameter).data;
  for_each_run(parameter, [&](std::int64_t from, std::int64_t at, std::int64_t count) {
    std::copy_n(values.data() + from, count, to + at);
  });
}

void ParameterStore::copy_weights(const ParameterStore& other) {
  for (int i = 0; i < std::ssize(storages_); ++i) set_values(i, other.values(i));
}

std::vector<float> ParameterStore::flat_values(int index) const {
  std::vector<float> flat(network_->weight_count());
  save(index, flat);
  return flat;
}

void ParameterStore::load(int index, std::span<const float> flat) {
  for (int i = 0; i < std::ssize(storages_); ++i) {
    const float* const from = flat.data() + network_->parameters()[i].offset;
    float* const to = buffer(index).data() + offsets_[i];
    for_each_run(i, [&](std::int64_t row_major, std::int64_t at, std::int64_t count) {
      std::copy_n(from + row_major, count, to + at);
    });
  }
}

void ParameterStore::save(int index, std::span<float> flat) const {
  for (int i = 0; i < std::ssize(storages_); ++i) {
    float* const to = flat.data() + network_->parameters()[i].offset;
    const float* const from = buffer(index).data() + offsets_[i];
    for_each_run(i, [&](std::int64_t row_major, std::int64_t at, std::int64_t count) {
      std::copy_n(from + at, count, to + row_major);
    });
  }
}

void ParameterStore::for_each_piece_of_rows(int index, int parameter,
                                            const std::function<void(std::span<const float>)>& use) const {
  constexpr std::int64_t floats_at_once = 1 << 16;
  const ParameterStorage& at = storage(parameter);
  const float* from = buffer(index).data() + offsets_[parameter];
  const std::int64_t most = std::max<std::int64_t>(1, floats_at_once / std::max<std::int64_t>(1, at.columns));
  std::vector<float> piece;
  for (std::int64_t begin = 0; begin < at.rows; begin += most) {
    const std::int64_t end = std::min(at.rows, begin + most);
    piece.clear();
    for (std::int64_t row = begin; row < end; ++row) {
      for_each_run_of_row(at, row, [&](std::int64_t offset, std::int64_t count) {
        piece.insert(piece.end(), from + offset, from + offset + count);
      });
    }
    use(piece);
  }
}

int ParameterStore::add_buffer(std::string name, float value) {
  Buffer& added = buffers_.emplace_back(weights_.size());
  if (value != 0) std::fill_n(added.data(), added.size(), value);
  for (std::size_t i = 0; i < storages_.size(); ++i) storages_[i].state.push_back(added.data() + offsets_[i]);
  names_.push_back(std::move(name));
  return static_cast<int>(buffers_.size()) - 1;
}

void ParameterStore::remove_buffers() {
  buffers_.clear();
  names_.clear();
  for (ParameterStorage& storage : storages_) storage.state.clear();
}

IndexRange ParameterStore::extent(int parameter) const {
  const auto index = static_cast<std::size_t>(parameter);
  return {offsets_[index], index + 1 < offsets_.size() ? offsets_[index + 1] : weights_.size()};
}

std::string ParameterStore::first_non_finite() const {
  if (all_finite(weights_.data(), weights_.size())) return "";
  for (std::size_t i = 0; i < storages_.size(); ++i) {
    const IndexRange range = extent(static_cast<int>(i));
    if (!all_finite(weights_.data() + range.begin, range.size())) return network_->parameters()[i].name;
  }
  return "";
}

std::int64_t ParameterStore::bytes() const {
  std::int64_t floats = weights_.size() * static_cast<std::int64_t>(1 + buffers_.size());
  for (const Buffer& copy : rounded_) floats += copy.size();
  return static_cast<std::int64_t>(sizeof(float)) * floats;
}

}  // namespace millrace
