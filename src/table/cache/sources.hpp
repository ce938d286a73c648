// SPDX-License-Identifier: Apache-2.0
//
// The files that a cache was made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

struct CacheSource {
  std::string path;
  std::uint64_t size = 0;
  std::int64_t changed = 0;        ///< nanoseconds since 1970
  std::uint64_t hash[2] = {0, 0};  ///< XXH3-128 of the content

  bool operator==(const CacheSource&) const = default;
};

/// The files that paths and patterns stand for. Throws Error{usage} for one that is no regular file.
[[nodiscard]] std::vector<CacheSource> cache_sources(const std::vector<std::string>& paths);
/// Reads the content.
void set_hash(CacheSource& source);
/// What is different of the files now, for a message; empty: they are the same. Reads the content of a file only if its
/// path or time of change differs.
[[nodiscard]] std::string difference_of_sources(const std::vector<CacheSource>& then, std::vector<CacheSource> now);

}  // namespace millrace
