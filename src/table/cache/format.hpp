// SPDX-License-Identifier: Apache-2.0
//
// How a cache is laid out:
//   header, 4096 bytes     magic, version, places of the sections, checksums of itself and of the description
//   values                 float[rows x columns], row after row
//   dates                  double[rows] for each column of dates
//   description            columns, options, sources, notes, and a checksum for each block of the two sections above
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/table_cache.hpp"
#include "table/cache/sources.hpp"

namespace millrace {

struct CacheHeader {
  char magic[16];
  std::uint64_t version;
  std::uint64_t file_size;
  std::uint64_t rows, columns, dates;  ///< columns: of values
  std::uint64_t description_at, description_size, description_sum;
  std::uint64_t sum;  ///< of the fields above
};

inline constexpr std::string_view cache_magic{"millrace table\n\0", 16};
inline constexpr std::uint64_t cache_version = 4, values_at = 4096, block_size = std::uint64_t{8} << 20;

struct CacheDescription {
  std::vector<CacheSource> sources;
  std::string options;  ///< options_bytes()
  std::string source_name;
  std::vector<TableColumn> columns;
  std::vector<std::string> notes;
  std::vector<std::uint64_t> value_sums, date_sums;
};

/// The options that decide what a table becomes.
[[nodiscard]] std::string options_bytes(const TableOptions& options);
[[nodiscard]] std::string description_bytes(const CacheDescription& description);
/// refuse is called for bytes that make no sense, and throws.
[[nodiscard]] CacheDescription read_description(std::string_view bytes, const std::function<void()>& refuse);

[[nodiscard]] std::uint64_t checksum_of(const void* data, std::uint64_t bytes);
[[nodiscard]] std::uint64_t header_sum(const CacheHeader& header);

}  // namespace millrace
