// SPDX-License-Identifier: Apache-2.0
#include "step/ranks.hpp"

#include <algorithm>
#include <cstring>

namespace millrace {

Ranks::Ranks(Cluster* cluster) : cluster_(cluster), flags_(static_cast<std::size_t>(size())) {
  sent_.reserve(flags_.size());
  received_.reserve(flags_.size());
  for (std::int64_t r = 0; r < size(); ++r) one_each_.push_back({r, r + 1});
}

void Ranks::exchange() {
  cluster_->exchange(sent_, received_);
  sent_.clear();
  received_.clear();
}

void Ranks::gather(std::span<std::byte> bytes, std::span<const IndexRange> of_rank, std::size_t size_of_value) {
  const auto range = [&](int r) {
    return bytes.subspan(of_rank[r].begin * size_of_value, of_rank[r].size() * size_of_value);
  };
  for (int r = 0; r < size(); ++r) {
    if (r == rank()) continue;
    if (of_rank[rank()].size() > 0) send(r, range(rank()));
    if (of_rank[r].size() > 0) receive(r, range(r));
  }
  exchange();
}

std::vector<std::string> Ranks::gather(const std::string& text) {
  std::vector<std::uint64_t> sizes(static_cast<std::size_t>(size()));
  sizes[rank()] = text.size();
  gather(std::span(sizes), one_each_);
  std::vector<IndexRange> ranges;
  for (const std::uint64_t bytes : sizes) {
    const std::int64_t begin = ranges.empty() ? 0 : ranges.back().end;
    ranges.push_back({begin, begin + static_cast<std::int64_t>(bytes)});
  }
  std::string all(static_cast<std::size_t>(ranges.back().end), '\0');
  std::ranges::copy(text, all.begin() + ranges[rank()].begin);
  gather(std::span(all), ranges);
  std::vector<std::string> texts;
  for (const IndexRange& range : ranges) texts.push_back(all.substr(range.begin, range.size()));
  return texts;
}

bool Ranks::any(bool yes) {
  if (size() == 1) return yes;
  flags_[rank()] = yes ? 1 : 0;
  gather(std::span(flags_), one_each_);
  return std::ranges::any_of(flags_, [](std::uint8_t flag) { return flag != 0; });
}

bool Ranks::first(bool yes) {
  if (size() == 1) return yes;
  flags_[rank()] = yes ? 1 : 0;
  gather(std::span(flags_), one_each_);
  return flags_[0] != 0;
}

}  // namespace millrace
