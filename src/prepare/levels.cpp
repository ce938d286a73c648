// SPDX-License-Identifier: Apache-2.0
#include "prepare/levels.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/fail.hpp"
#include "base/index.hpp"
#include "base/text.hpp"

namespace millrace {

namespace {

// FNV-1a, 64 bits: the bucket of a level depends on nothing but its text.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<float> whole_number(std::string_view level) {
  const std::optional<double> number = number_of(level);
  if (!number || *number != std::floor(*number) || std::abs(*number) > static_cast<double>(most_whole_number))
    return std::nullopt;
  return static_cast<float>(*number);
}

Levels::Levels(const std::map<std::string, std::int64_t>& counts, std::int64_t missing, const LevelOptions& options) {
  slot_names_.emplace_back("(never seen)");
  if (missing > 0) {
    missing_slot_ = slots();
    slot_names_.emplace_back("(missing)");
  }
  const bool numbers =
      std::ranges::all_of(counts, [](const auto& entry) { return whole_number(entry.first).has_value(); });
  // Buckets of numbers need no table of levels, so none of them is rare.
  const bool by_remainder = numbers && std::ssize(counts) > options.buckets;
  const auto is_rare = [&](std::int64_t count) { return !by_remainder && count < options.rare; };
  const auto rare = std::ranges::count_if(counts, [&](const auto& entry) { return is_rare(entry.second); });
  std::int64_t rare_slot = 0;
  if (rare > 0) {
    rare_slot = slots();
    slot_names_.emplace_back("(rare)");
  }
  const bool buckets = std::ssize(counts) - rare > options.buckets;
  const std::int64_t first = slots();
  for (std::int64_t bucket = 0; buckets && bucket < options.buckets; ++bucket)
    slot_names_.push_back("(bucket " + std::to_string(bucket) + ")");
  if (by_remainder) number_buckets_ = {first, options.buckets};
  for (const auto& [level, count] : counts) {
    levels_.push_back(level);
    if (is_rare(count)) {
      level_slots_.push_back(rare_slot);
    } else if (by_remainder) {
      level_slots_.push_back(bucket_of(*whole_number(level)));
    } else if (buckets) {
      level_slots_.push_back(first +
                             static_cast<std::int64_t>(hash_of(level) % static_cast<std::uint64_t>(options.buckets)));
    } else {
      level_slots_.push_back(slots());
      slot_names_.push_back(level);
    }
  }
  index();
}

Levels::Levels(std::vector<std::string> slot_names, std::int64_t missing_slot, std::vector<std::string> levels,
               std::vector<std::int64_t> slots, NumberBuckets buckets)
    : slot_names_(std::move(slot_names)),
      missing_slot_(missing_slot),
      levels_(std::move(levels)),
      level_slots_(std::move(slots)),
      number_buckets_(buckets) {
  const auto exists = [&](std::int64_t slot) { return slot >= 0 && slot < this->slots(); };
  if (levels_.size() != level_slots_.size() || !exists(missing_slot_) || !std::ranges::all_of(level_slots_, exists) ||
      !std::ranges::is_sorted(levels_) || buckets.first < 0 || buckets.count < 0 ||
      buckets.first + buckets.count > this->slots())
    fail(ErrorKind::usage, "levels",
         "the slots of a category do not fit its levels, expected one of " + std::to_string(this->slots()) +
             " for each of the sorted levels");
  index();
}

std::int64_t Levels::bucket_of(float number) const {
  const auto remainder = static_cast<std::int64_t>(number) % number_buckets_.count;
  return number_buckets_.first + (remainder < 0 ? remainder + number_buckets_.count : remainder);
}

// Levels that are the same number, 7 and 7.0, have the slot of the first.
void Levels::index() {
  are_numbers_ = !levels_.empty();
  for (std::int64_t i = 0; i < std::ssize(levels_) && are_numbers_; ++i) {
    const std::optional<float> number = whole_number(levels_[i]);
    are_numbers_ = number.has_value();
    if (number) by_number_.emplace(*number, level_slots_[i]);
  }
  if (are_numbers_) return;
  by_number_.clear();
  for (std::int64_t i = 0; i < std::ssize(levels_); ++i) {
    const std::string_view text = trim(levels_[i]);
    if (text.empty() || text.size() == levels_[i].size() || std::ranges::binary_search(levels_, text)) continue;
    trimmed_.emplace(text, level_slots_[i]);
  }
}

std::int64_t Levels::slot(std::string_view level) const {
  if (are_numbers_) {
    const std::optional<double> number = number_of(level);
    return number ? slot(*number) : 0;
  }
  const auto found = std::ranges::lower_bound(levels_, level);
  if (found != levels_.end() && *found == level) return level_slots_[found - levels_.begin()];
  const auto padded = trimmed_.find(level);
  return padded == trimmed_.end() ? 0 : padded->second;
}

std::int64_t Levels::slot(double number) const {
  if (std::isnan(number)) return missing_slot_;
  const auto single = static_cast<float>(number);
  if (number_buckets_.count > 0)
    return single == std::floor(single) && std::abs(single) <= most_whole_number ? bucket_of(single) : 0;
  const auto found = by_number_.find(single);
  return found == by_number_.end() ? 0 : found->second;
}

}  // namespace millrace
