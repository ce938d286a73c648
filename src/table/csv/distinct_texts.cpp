// SPDX-License-Identifier: Apache-2.0
#include "table/csv/distinct_texts.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <map>
#include <span>
#include <utility>

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

  Key() = default;
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
    const std::array words{first, last};
    return XXH3_64bits_withSeed(words.data(), sizeof words, size);
  }
};

// A cell whose text is looked up.
struct Lookup {
  Key key;
  std::uint64_t hash = 0;
  std::string_view text;
  std::int64_t row = 0;
  float* code = nullptr;
};

// The distinct texts of a column that one worker has met, numbered as they come. A hash table with open addressing.
class Part {
 public:
  std::vector<std::string_view> texts;
  std::vector<std::int64_t> first_rows;
  std::deque<std::string> unquoted;
  std::int64_t missing = 0;
  std::map<std::string, std::int64_t> marks;
  std::vector<float> codes;  // of each text, among those of all parts

  [[nodiscard]] std::int64_t count(std::size_t number) const { return entries_[number].count; }

  // Sets the codes of the cells to the bits of their numbers. A large table is in no near cache, so that all lookups of a
  // block wait for memory at the same time.
  void look_up(std::span<const Lookup> cells) {
    for (const Lookup& cell : cells) __builtin_prefetch(&slots_[cell.hash & (slots_.size() - 1)]);
    for (const Lookup& cell : cells) {
      const std::int32_t number = slots_[cell.hash & (slots_.size() - 1)];
      if (number >= 0) __builtin_prefetch(&entries_[number]);
    }
    for (const Lookup& cell : cells)
      *cell.code = std::bit_cast<float>(add(cell.text, cell.key, cell.hash, cell.row, 1));
  }

  std::int32_t add_unquoted(const CsvCell& cell, std::int64_t row) {
    const std::string& text = unquoted.emplace_back(cell_text(cell));
    const std::int32_t number = add(text, row, 1);
    if (texts[number].data() != text.data()) unquoted.pop_back();
    return number;
  }

  std::int32_t add(std::string_view text, std::int64_t row, std::int64_t cells) {
    const Key key(text);
    return add(text, key, key.hash(), row, cells);
  }

 private:
  struct Entry {
    Key key;
    std::int64_t count;
  };

  std::int32_t add(std::string_view text, const Key& key, std::uint64_t hash, std::int64_t row, std::int64_t cells) {
    const std::uint64_t mask = slots_.size() - 1;
    std::uint64_t at = hash & mask;
    for (; slots_[at] >= 0; at = (at + 1) & mask) {
      const std::int32_t number = slots_[at];
      Entry& entry = entries_[number];
      if (entry.key != key || (text.size() > Key::whole && texts[number] != text)) continue;
      entry.count += cells;
      if (row < first_rows[number]) {
        first_rows[number] = row;
        texts[number] = text;
      }
      return number;
    }
    const auto number = static_cast<std::int32_t>(texts.size());
    slots_[at] = number;
    texts.push_back(text);
    first_rows.push_back(row);
    entries_.push_back({key, cells});
    if (2 * texts.size() > slots_.size()) grow();
    return number;
  }

  void grow() {
    slots_.assign(2 * slots_.size(), -1);
    for (std::size_t number = 0; number < entries_.size(); ++number) {
      std::uint64_t at = entries_[number].key.hash() & (slots_.size() - 1);
      while (slots_[at] >= 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = static_cast<std::int32_t>(number);
    }
  }

  std::vector<std::int32_t> slots_ = std::vector<std::int32_t>(64, -1);  // a power of two; -1: free
  std::vector<Entry> entries_;
};

// Sets the codes of the rows to the bits of the numbers that `seen` has for their texts.
void number_cells(const TextColumns& columns, const TextColumns::Part& part, std::size_t column, Part& seen) {
  float* const codes = columns.codes[column];
  const std::span<const std::string> kept =
      columns.kept.empty() ? std::span<const std::string>() : columns.kept[column];
  const bool marked = static_cast<std::int64_t>(column) == columns.marked;
  constexpr std::size_t block = 32;
  std::array<Lookup, block> lookups;
  std::size_t waiting = 0;
  for (std::int64_t row = part.rows.begin; row < part.rows.end; ++row) {
    float& code = codes[row * columns.stride];
    const char* at = part.text + std::bit_cast<std::uint32_t>(code);
    const CsvCell cell = scan_cell(columns.syntax, at);
    const bool missing = columns.may_be_missing && is_missing(columns.syntax, cell);
    if (missing && std::ranges::find(kept, cell.text) == kept.end()) {
      ++seen.missing;
      if (marked && !cell.text.empty()) ++seen.marks[std::string(cell.text)];
      code = nothing;
    } else if (cell.doubled) {
      code = std::bit_cast<float>(seen.add_unquoted(cell, row));
    } else {
      const Key key(cell.text);
      lookups[waiting++] = {key, key.hash(), cell.text, row, &code};
    }
    if (waiting < block) continue;
    seen.look_up(lookups);
    waiting = 0;
  }
  seen.look_up(std::span(lookups).first(waiting));
}

// How many bytes all texts begin with.
std::size_t common_prefix(std::span<const std::string_view> texts) {
  if (texts.empty()) return 0;
  std::string_view prefix = texts.front();
  for (const std::string_view text : texts) {
    const auto end = std::mismatch(prefix.begin(), prefix.end(), text.begin(), text.end()).first;
    prefix = prefix.substr(0, end - prefix.begin());
  }
  return prefix.size();
}

// The indices of the texts, sorted. Eight bytes decide nearly all comparisons, without a look at the texts.
std::vector<std::int32_t> byte_order(std::span<const std::string_view> texts) {
  const std::size_t common = common_prefix(texts);
  std::vector<std::pair<std::uint64_t, std::int32_t>> heads;
  for (const std::string_view text : texts) {
    std::uint64_t head = 0;
    for (std::size_t i = 0; i < 8; ++i)
      head = head << 8 | (common + i < text.size() ? static_cast<unsigned char>(text[common + i]) : 0);
    heads.emplace_back(head, static_cast<std::int32_t>(heads.size()));
  }
  std::ranges::sort(heads, [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : texts[a.second] < texts[b.second];
  });
  std::vector<std::int32_t> order;
  for (const auto& [head, index] : heads) order.push_back(index);
  return order;
}

// The texts of a column in byte order, and in each part the code of each of its numbers.
DistinctTexts merged(std::span<Part* const> parts) {
  Part all;
  DistinctTexts found;
  std::vector<std::vector<std::int32_t>> numbers;
  for (const Part* part : parts) {
    std::vector<std::int32_t>& known = numbers.emplace_back();
    for (std::size_t i = 0; i < part->texts.size(); ++i)
      known.push_back(all.add(part->texts[i], part->first_rows[i], part->count(i)));
    found.missing += part->missing;
    for (const auto& [text, cells] : part->marks) found.marks[text] += cells;
  }
  std::vector<float> codes(all.texts.size());
  for (const std::int32_t number : byte_order(all.texts)) {
    codes[number] = static_cast<float>(found.texts.size());
    found.texts.push_back(all.texts[number]);
    found.counts.push_back(all.count(number));
  }
  for (std::size_t p = 0; p < parts.size(); ++p) {
    for (const std::int32_t number : numbers[p]) parts[p]->codes.push_back(codes[number]);
    found.unquoted.push_back(std::move(parts[p]->unquoted));
  }
  return found;
}

}  // namespace

std::vector<DistinctTexts> distinct_texts(const TextColumns& columns, Crew& team) {
  const std::size_t count = columns.codes.size();
  std::vector<std::vector<Part>> seen(team.workers());  // by worker and column
  std::vector<int> workers(columns.parts.size());       // of each part
  const auto for_parts = [&](const auto& job) {
    team.phase(std::ssize(columns.parts), [&](std::int64_t i, int worker) {
      const std::int64_t rows = columns.parts[i].rows.size();
      if (columns.storage) columns.storage->passed(chunk_bytes + rows * columns.stride * std::int64_t{sizeof(float)});
      job(i, worker);
    });
  };
  for_parts([&](std::int64_t i, int worker) {
    workers[i] = worker;
    seen[worker].resize(count);
    for (std::size_t c = 0; c < count; ++c) number_cells(columns, columns.parts[i], c, seen[worker][c]);
  });
  std::vector<DistinctTexts> found(count);
  team.phase(std::ssize(found), [&](std::int64_t c, int) {
    std::vector<Part*> parts;
    for (std::vector<Part>& part : seen)
      if (!part.empty()) parts.push_back(&part[c]);
    found[c] = merged(parts);
  });
  for_parts([&](std::int64_t i, int) {
    const IndexRange rows = columns.parts[i].rows;
    for (std::size_t c = 0; c < count; ++c) {
      const std::vector<float>& codes = seen[workers[i]][c].codes;
      for (std::int64_t row = rows.begin; row < rows.end; ++row) {
        float& code = columns.codes[c][row * columns.stride];
        const auto number = std::bit_cast<std::int32_t>(code);
        if (number != std::bit_cast<std::int32_t>(nothing)) code = codes[number];
      }
    }
  });
  return found;
}

}  // namespace millrace
