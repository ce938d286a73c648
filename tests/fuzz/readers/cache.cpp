// SPDX-License-Identifier: Apache-2.0
//
// The reader of cached tables. Three bytes say how many rows, columns and dates the file has, and the rest is its
// description, to which all checksums fit: a random change would never come past them otherwise.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "fuzz/harness.hpp"
#include "fuzz/readers/readers.hpp"
#include "millrace/error.hpp"
#include "millrace/table_cache.hpp"
#include "table/cache/format.hpp"

namespace millrace::fuzz {

namespace {

struct Damaged {};

std::string file_with(const CacheDescription& description, CacheHeader header) {
  const std::string text = description_bytes(description);
  std::string bytes(values_at + header.rows * (header.columns * 4 + header.dates * 8) + 8, '\0');
  header.description_at = values_at + (header.rows * header.columns * 4 + 7) / 8 * 8 + header.rows * header.dates * 8;
  bytes.resize(header.description_at);
  bytes += text;
  std::copy(cache_magic.begin(), cache_magic.end(), header.magic);
  header.version = cache_version;
  header.file_size = bytes.size();
  header.description_size = text.size();
  header.description_sum = checksum_of(text.data(), text.size());
  header.sum = header_sum(header);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

std::vector<std::uint64_t> sums_of_zeros(std::uint64_t size) {
  const std::string zeros(size, '\0');
  return size == 0 ? std::vector<std::uint64_t>() : std::vector{checksum_of(zeros.data(), size)};
}

}  // namespace

void fuzz_cache(std::string_view bytes) {
  if (bytes.size() < 3) return;
  CacheHeader header{};
  header.rows = static_cast<unsigned char>(bytes[0]) % 16;
  header.columns = static_cast<unsigned char>(bytes[1]) % 8;
  header.dates = static_cast<unsigned char>(bytes[2]) % 4;
  const CacheKey key{.paths = {file_of("a\n1\n", ".csv")}, .options = {}};
  CacheDescription description;
  try {
    description = read_description(bytes.substr(3), [] { throw Damaged(); });
  } catch (const Damaged&) {
    return;
  }
  description.sources = cache_sources(key.paths);
  for (CacheSource& source : description.sources) set_hash(source);
  description.options = options_bytes(key.options);
  description.value_sums = sums_of_zeros(header.rows * header.columns * 4);
  description.date_sums = sums_of_zeros(header.rows * header.dates * 8);
  const std::optional<CachedTable> cached = read_table_cache(file_of(file_with(description, header), ".cache"), key);
  require(cached.has_value(), "a table");
  for (const TableColumn& column : cached->table.columns) {
    for (std::int64_t r = 0; r < cached->table.rows && column.kind != ColumnKind::ignored; ++r) {
      const double value = column.kind == ColumnKind::date ? cached->table.dates.at(column.place).at(r)
                                                           : double{cached->table.values.row(r)[column.place]};
      require(value == 0, "a zero");
    }
  }
}

}  // namespace millrace::fuzz
