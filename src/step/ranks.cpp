// SPDX-License-Identifier: Apache-2.0
#include "step/ranks.hpp"

#include <algorithm>
#include <new>

#include "base/pause.hpp"

namespace millrace {

namespace {

// A look takes a microsecond or a few. Messages need looks to go on.
constexpr std::chrono::microseconds look_every{20};

}  // namespace

Ranks::Ranks(Cluster* cluster) : cluster_(cluster), flags_(static_cast<std::size_t>(size())) {
  sent_.reserve(flags_.size());
  received_.reserve(flags_.size());
  for (std::int64_t r = 0; r < size(); ++r) one_each_.push_back({r, r + 1});
}

void Ranks::exchange() {
  if (cluster_ == nullptr) return;
  cluster_->exchange(sent_, received_);
  sent_.clear();
  received_.clear();
}

void Ranks::start() {
  if (cluster_ == nullptr) return;
  cluster_->start(sent_, received_);
  sent_.clear();
  received_.clear();
  ++under_way_;
}

std::int64_t Ranks::under_way() {
  if (under_way_ == 0) return 0;
  under_way_ = cluster_->under_way();
  last_look_ = std::chrono::steady_clock::now();
  return under_way_;
}

void Ranks::wait() {
  const std::int64_t before = under_way_;
  for (const Pause pause; under_way_ > 0 && under_way() == before;) pause();
}

void Ranks::go_on() {
  if (under_way_ > 0 && std::chrono::steady_clock::now() - last_look_ >= look_every) static_cast<void>(under_way());
}

void Ranks::leave() {
  if (cluster_ == nullptr) return;
  try {
    throw;
  } catch (const Error& error) {
    cluster_->leave(error);
  } catch (const std::bad_alloc&) {
    cluster_->leave(Error(ErrorKind::environment, "[fit] out of memory, expected a smaller model or batch"));
  } catch (const std::exception& error) {
    cluster_->leave(Error(ErrorKind::usage, std::string("[fit] ") + error.what()));
  } catch (...) {
    cluster_->leave(Error(ErrorKind::usage, "[fit] a function of the caller has thrown no std::exception"));
  }
}

void Ranks::add_gather(std::span<std::byte> bytes, std::span<const IndexRange> of_rank, std::size_t size_of_value) {
  const auto range = [&](int r) {
    return bytes.subspan(of_rank[r].begin * size_of_value, of_rank[r].size() * size_of_value);
  };
  for (int r = 0; r < size(); ++r) {
    if (r == rank()) continue;
    send(r, range(rank()));
    receive(r, range(r));
  }
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
