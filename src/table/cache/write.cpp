// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <span>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "table/cache/format.hpp"
#include "table/storage/stored.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "cache";

template <class Use>
void for_each_block(std::span<const std::byte> bytes, Pass& pass, const Use& use) {
  for (; !bytes.empty(); bytes = bytes.subspan(std::min<std::uint64_t>(bytes.size(), block_size))) {
    const auto block = bytes.first(std::min<std::uint64_t>(bytes.size(), block_size));
    pass.over(std::ssize(block));
    use(block);
  }
}

std::vector<std::uint64_t> block_sums(std::span<const std::byte> bytes, Pass& pass) {
  std::vector<std::uint64_t> sums;
  for_each_block(bytes, pass, [&](auto block) { sums.push_back(checksum_of(block.data(), block.size())); });
  return sums;
}

// All dates, column after column.
std::vector<double> joined_dates(const Table& table) {
  std::vector<double> all;
  all.reserve(table.dates.size() * table.rows);
  for (const std::vector<double>& dates : table.dates) all.insert(all.end(), dates.begin(), dates.end());
  return all;
}

}  // namespace

void write_table_cache(const std::string& path, const CacheKey& key, const CachedTable& cached) {
  const Table& table = cached.table;
  CacheDescription description{.sources = cache_sources(key.paths),
                               .options = options_bytes(key.options),
                               .source_name = table.source,
                               .columns = table.columns,
                               .notes = cached.notes,
                               .value_sums = {},
                               .date_sums = {}};
  for (CacheSource& source : description.sources) set_hash(source);
  const std::vector<double> all_dates = joined_dates(table);
  const auto values = std::as_bytes(table.values.values()), dates = std::as_bytes(std::span(all_dates));
  Pass pass(storage_of(table));
  description.value_sums = block_sums(values, pass);
  description.date_sums = block_sums(dates, pass);
  const std::string text = description_bytes(description);

  const std::uint64_t padding = values.size() % 8 == 0 ? 0 : 8 - values.size() % 8;
  CacheHeader header{.magic = {},
                     .version = cache_version,
                     .file_size = values_at + values.size() + padding + dates.size() + text.size(),
                     .rows = static_cast<std::uint64_t>(table.rows),
                     .columns = static_cast<std::uint64_t>(table.values.columns()),
                     .dates = table.dates.size(),
                     .description_at = values_at + values.size() + padding + dates.size(),
                     .description_size = text.size(),
                     .description_sum = checksum_of(text.data(), text.size()),
                     .sum = 0};
  std::copy(cache_magic.begin(), cache_magic.end(), header.magic);
  header.sum = header_sum(header);
  std::string first(values_at, '\0');
  std::memcpy(first.data(), &header, sizeof header);

  AtomicFile file(path);
  file.write(first);
  for_each_block(values, pass, [&](auto block) { file.write(block); });
  file.write(std::string(padding, '\0'));
  file.write(dates);
  file.write(text);
  std::vector<CacheSource> now = cache_sources(key.paths);
  for (std::size_t i = 0; i < now.size() && i < description.sources.size(); ++i) {
    const CacheSource& then = description.sources[i];
    if (then.size != now[i].size || then.changed != now[i].changed)
      fail(ErrorKind::data, who, now[i].path + " changed while it was read, expected a file that nobody writes to");
  }
  file.commit();
}

}  // namespace millrace
