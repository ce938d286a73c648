// SPDX-License-Identifier: Apache-2.0
#include "table/csv/distinct_texts.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>

#include "table/csv/chunks.hpp"
#include "table/csv/missing.hpp"

namespace millrace {

namespace {

constexpr float nothing = std::numeric_limits<float>::quiet_NaN();

// What tells texts of up to 16 bytes apart, and nearly all others: two words that are the text if it is short, and of a
// longer one its hash and its last bytes.
struct Key {
  static constexpr std::size_t whole = 16;
  std::uint64_t first = 0, last = 0, size = 0;

  explicit Key(std::string_view text) : size(text.size()) {
    const char* const data = text.data();
    if (size > whole) {
      first = XXH3_64bits(data, size);
      std::memcpy(&last, data + size - 8, 8);
    } else if (size >= 8) {
      std::memcpy(&first, data, 8);
      std::memcpy(&last, data + size - 8, 8);
    } else if (size >= 4) {
      std::memcpy(&first, data, 4);
      std::memcpy(&last, data + size - 4, 4);
    } else if (size > 0) {
      first = static_cast<unsigned char>(data[0]);
      last = static_cast<std::uint64_t>(static_cast<unsigned char>(data[size / 2])) << 8 |
             static_cast<unsigned char>(data[size - 1]);
    }
  }
  bool operator==(const Key&) const = default;

  [[nodiscard]] std::uint64_t hash() const {
    std::uint64_t mixed = (first ^ size) * 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ mixed >> 32 ^ last) * 0xD6E8FEB86659FD93U;
    return mixed ^ mixed >> 32;
  }
};

// The distinct texts of the rows of one job, numbered as they come. A hash table with open addressing.
class Part {
 public:
  std::vector<std::string_view> texts;
  std::vector<std::int64_t> counts;
  std::deque<std::string> unquoted;
  std::int64_t missing = 0;
  std::vector<float> codes;  // of each text, among those of all parts

  std::int32_t number_of(const CsvCell& cell) {
    if (!cell.doubled) return number_of(cell.text, 1);
    const auto before = std::ssize(texts);
    const std::int32_t number = number_of(unquoted.emplace_back(cell_text(cell)), 1);
    if (std::ssize(texts) == before) unquoted.pop_back();
    return number;
  }

  std::int32_t number_of(std::string_view text, std::int64_t cells) {
    const Key key(text);
    const std::uint64_t hash = key.hash();
    const std::uint64_t mask = slots_.size() - 1;
    std::uint64_t at = hash & mask;
    while (slots_[at] >= 0) {
      const std::int32_t number = slots_[at];
      if (keys_[number] == key && (text.size() <= Key::whole || texts[number] == text)) {
        counts[number] += cells;
        return number;
      }
      at = (at + 1) & mask;
    }
    const auto number = static_cast<std::int32_t>(texts.size());
    slots_[at] = number;
    texts.push_back(text);
    keys_.push_back(key);
    counts.push_back(cells);
    if (2 * texts.size() > slots_.size()) grow();
    return number;
  }

 private:
  void grow() {
    slots_.assign(2 * slots_.size(), -1);
    for (std::size_t number = 0; number < keys_.size(); ++number) {
      std::uint64_t at = keys_[number].hash() & (slots_.size() - 1);
      while (slots_[at] >= 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = static_cast<std::int32_t>(number);
    }
  }

  std::vector<std::int32_t> slots_ = std::vector<std::int32_t>(64, -1);  // a power of two; -1: free
  std::vector<Key> keys_;
};

// Texts in byte order; `rank` of each number they had before.
void sort_texts(Part& all, std::vector<std::int32_t>& rank) {
  std::vector<std::int32_t> order(all.texts.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return all.texts[a] < all.texts[b]; });
  rank.resize(order.size());
  std::vector<std::string_view> texts;
  std::vector<std::int64_t> counts;
  for (const std::int32_t number : order) {
    rank[number] = static_cast<std::int32_t>(texts.size());
    texts.push_back(all.texts[number]);
    counts.push_back(all.counts[number]);
  }
  all.texts = std::move(texts);
  all.counts = std::move(counts);
}

DistinctTexts merged(std::vector<Part>& parts) {
  Part all;
  std::vector<std::vector<std::int32_t>> numbers;
  for (const Part& part : parts) {
    numbers.emplace_back();
    for (std::size_t i = 0; i < part.texts.size(); ++i)
      numbers.back().push_back(all.number_of(part.texts[i], part.counts[i]));
    all.missing += part.missing;
  }
  std::vector<std::int32_t> rank;
  sort_texts(all, rank);
  DistinctTexts found{.texts = std::move(all.texts), .counts = std::move(all.counts), .missing = all.missing};
  for (std::size_t p = 0; p < parts.size(); ++p) {
    for (const std::int32_t number : numbers[p]) parts[p].codes.push_back(static_cast<float>(rank[number]));
    found.unquoted.push_back(std::move(parts[p].unquoted));
  }
  return found;
}

}  // namespace

DistinctTexts distinct_texts(const TextCells& column, Crew& team) {
  std::vector<Part> parts(column.parts.size());
  const auto for_rows = [&](const auto& job) {
    team.phase(std::ssize(parts), [&](std::int64_t i, int) {
      const TextCells::Part& rows = column.parts[i];
      if (column.storage)
        column.storage->passed(chunk_bytes + rows.rows.size() * column.stride * std::int64_t{sizeof(float)});
      float* code = column.codes + rows.rows.begin * column.stride;
      for (std::int64_t row = rows.rows.begin; row < rows.rows.end; ++row, code += column.stride)
        job(parts[i], rows.text, *code);
    });
  };
  for_rows([&](Part& part, const char* text, float& code) {
    const char* at = text + std::bit_cast<std::uint32_t>(code);
    const CsvCell cell = scan_cell(column.syntax, at);
    if (column.may_be_missing && is_missing(cell)) {
      ++part.missing;
      code = nothing;
    } else {
      code = std::bit_cast<float>(part.number_of(cell));
    }
  });
  DistinctTexts found = merged(parts);
  for_rows([&](const Part& part, const char*, float& code) {
    const auto number = std::bit_cast<std::int32_t>(code);
    if (number != std::bit_cast<std::int32_t>(nothing)) code = part.codes[number];
  });
  return found;
}

}  // namespace millrace
