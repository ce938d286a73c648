// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const CacheKey key{.paths = {"people.csv"}, .options = {.target = "income"}};
//   std::optional<CachedTable> cached = read_table_cache("people.cache", key);
//   if (!cached) {
//     cached = CachedTable{read_table(key.paths, key.options)};
//     write_table_cache("people.cache", key, *cached);
//   }
//
// A table as it was read, in a file that is mapped instead of read again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "millrace/row_storage.hpp"
#include "millrace/table.hpp"

namespace millrace {

/// What a cache is made of: the files, or patterns of files, and how they are read. Of the options, threads, storage
/// and unread do not count.
struct CacheKey {
  std::vector<std::string> paths;
  TableOptions options;
};

struct CachedTable {
  Table table;
  std::vector<std::string> notes{};  ///< what the reader had to say of it
};

/// Maps the cache file; nothing if there is no such file. With key.options.storage the rows are copied there, else their
/// pages come from the file, and are copied where they are changed.
/// Throws Error{data} for a file that is no cache, is of a newer version, was cut off or damaged; and for a cache of other
/// files: a file counts as the same if path, size and time of change are as they were, or if size and content are.
/// Throws Error{usage} for a cache that was made with other options.
[[nodiscard]] std::optional<CachedTable> read_table_cache(const std::string& path, const CacheKey& key);

/// Writes the cache, or nothing: the file appears when it is whole. Throws Error: usage (a source is a pipe, which cannot
/// be looked at again), data (a source has changed meanwhile, or is missing), environment.
void write_table_cache(const std::string& path, const CacheKey& key, const CachedTable& cached);

}  // namespace millrace
