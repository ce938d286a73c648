// SPDX-License-Identifier: Apache-2.0
#include "table/cache/sources.hpp"

#define XXH_INLINE_ALL
#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/input_file.hpp"
#include "base/system_error.hpp"
#include "table/text/source.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "cache";

}  // namespace

std::vector<CacheSource> cache_sources(const std::vector<std::string>& paths) {
  std::vector<CacheSource> sources;
  for (const std::string& pattern : paths) {
    for (const std::string& path : matching_files(pattern, who)) {
      struct stat status {};
      if (::stat(path.c_str(), &status) != 0)
        fail(ErrorKind::data, who, path + " cannot be read (" + system_text(errno) + "), expected a file");
      if (!S_ISREG(status.st_mode))
        fail(ErrorKind::usage, who,
             "the rows come from " + path +
                 ", expected a file: a cache has to be compared with it when it is used again");
      sources.push_back({path, static_cast<std::uint64_t>(status.st_size),
                         std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec});
    }
  }
  return sources;
}

// In pieces, because --memory also counts the pages of a mapped file.
void set_hash(CacheSource& source) {
  InputFile file(source.path, std::string(who));
  std::vector<std::byte> piece(std::size_t{1} << 20);
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  for (std::uint64_t left = file.size(); left > 0;) {
    const auto next = std::span(piece).first(std::min<std::uint64_t>(left, piece.size()));
    file.read(next);
    XXH3_128bits_update(&state, next.data(), next.size());
    left -= next.size();
  }
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  source.hash[0] = hash.low64;
  source.hash[1] = hash.high64;
}

std::string difference_of_sources(const std::vector<CacheSource>& then, std::vector<CacheSource> now) {
  if (then.size() != now.size())
    return "of " + counted(std::ssize(then), "file") + ", not of these " + std::to_string(now.size());
  for (std::size_t i = 0; i < then.size(); ++i) {
    if (then[i].size != now[i].size)
      return "of " + excerpt(then[i].path) + " with " + std::to_string(then[i].size) + " bytes, and " +
             excerpt(now[i].path) + " has " + std::to_string(now[i].size);
    if (then[i].path == now[i].path && then[i].changed == now[i].changed) continue;
    set_hash(now[i]);
    if (std::equal(then[i].hash, then[i].hash + 2, now[i].hash)) continue;
    return then[i].path == now[i].path ? "before " + excerpt(now[i].path) + " changed"
                                       : "of " + excerpt(then[i].path) + ", which differs from " + excerpt(now[i].path);
  }
  return "";
}

}  // namespace millrace
