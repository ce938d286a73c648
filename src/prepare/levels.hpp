// SPDX-License-Identifier: Apache-2.0
//
// The levels of a category and their slots. Slot 0 is for levels never seen in training. Missing values have a slot of
// their own if training rows had any, else they use slot 0; rare levels share one; more levels than `buckets` share
// buckets: texts by a hash, whole numbers by their remainder, so that numbers never seen have a bucket too.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace millrace {

/// Slots of whole numbers by their remainder: `first` + number mod `count`. count 0: by level.
struct NumberBuckets {
  std::int64_t first = 0, count = 0;
};

struct LevelOptions {
  std::int64_t rare = 0;     ///< levels with fewer rows than this share one slot
  std::int64_t buckets = 0;  ///< the most slots for levels that are not rare
};

class Levels {
 public:
  /// `counts`: training rows by level; `missing`: training rows without a value.
  Levels(const std::map<std::string, std::int64_t>& counts, std::int64_t missing, const LevelOptions& options);
  /// From a file: names by slot, the slot of missing values, the slot of each level, and the buckets of numbers. Throws
  /// Error{usage} if a slot does not exist.
  Levels(std::vector<std::string> slot_names, std::int64_t missing_slot, std::vector<std::string> levels,
         std::vector<std::int64_t> slots, NumberBuckets buckets);

  [[nodiscard]] std::int64_t slots() const { return std::ssize(slot_names_); }
  /// By slot: the level, or what its levels have in common, in brackets.
  [[nodiscard]] const std::vector<std::string>& slot_names() const { return slot_names_; }
  [[nodiscard]] std::int64_t missing_slot() const { return missing_slot_; }
  /// The slot of a level, 0 if it was never seen. If all levels are whole numbers, 7.0 is the level 7. A level with blanks
  /// around it, which a quoted cell of a file may have, is also found without them: texts in memory have none.
  [[nodiscard]] std::int64_t slot(std::string_view level) const;
  [[nodiscard]] std::int64_t slot(double number) const;

  /// Whether all levels are whole numbers that fp32 holds.
  [[nodiscard]] bool are_numbers() const { return are_numbers_; }
  [[nodiscard]] const NumberBuckets& number_buckets() const { return number_buckets_; }
  /// The levels seen in training, in byte order, and their slots.
  [[nodiscard]] const std::vector<std::string>& levels() const { return levels_; }
  [[nodiscard]] const std::vector<std::int64_t>& level_slots() const { return level_slots_; }
  /// The slots of levels with blanks around them, by the text without the blanks, where that is no level itself.
  [[nodiscard]] const std::map<std::string, std::int64_t, std::less<>>& trimmed() const { return trimmed_; }

 private:
  void index();
  [[nodiscard]] std::int64_t bucket_of(float number) const;

  std::vector<std::string> slot_names_;
  std::int64_t missing_slot_ = 0;
  std::vector<std::string> levels_;
  std::vector<std::int64_t> level_slots_;
  bool are_numbers_ = false;
  NumberBuckets number_buckets_;
  std::unordered_map<float, std::int64_t> by_number_;
  std::map<std::string, std::int64_t, std::less<>> trimmed_;
};

/// fp32 has every whole number up to here.
inline constexpr float most_whole_number = 1 << 24;

/// The number that a level is, if it is a whole one that fp32 holds: "7", "-1", "7.0".
[[nodiscard]] std::optional<float> whole_number(std::string_view level);

}  // namespace millrace
