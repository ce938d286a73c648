// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   folder.write("t.npz", zip_bytes({{"x.npy", npy_bytes(...)}}));
#pragma once

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "table/npy/npy_bytes.hpp"
#include "table/text/packed.hpp"

namespace millrace::test {

struct ZipFile {
  std::string name, bytes;
  bool deflated = false;
  bool wide = false;                                          ///< sizes in 64 bits, as numpy.savez writes large arrays
  std::uint64_t flags = 0;                                    ///< 1: encrypted
  std::optional<std::uint64_t> unpacked_size = std::nullopt;  ///< what the list says, where it lies
};

[[nodiscard]] inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8) text += static_cast<char>(value);
  return text;
}

/// end64: the place of the list in 64 bits, too.
[[nodiscard]] inline std::string zip_bytes(const std::vector<ZipFile>& files, bool end64 = false) {
  const auto n = little_endian;
  std::string archive, list;
  for (const ZipFile& file : files) {
    const std::string packed = file.deflated ? deflated(file.bytes) : file.bytes;
    const std::uint64_t size = file.unpacked_size.value_or(file.bytes.size());
    const auto sum =
        ::crc32(0, reinterpret_cast<const Bytef*>(file.bytes.data()), static_cast<uInt>(file.bytes.size()));
    const std::uint64_t full = 0xFFFFFFFF;
    const std::string extra = file.wide ? n(1, 2) + n(16, 2) + n(size, 8) + n(packed.size(), 8) : "";
    const std::string fields = n(file.flags, 2) + n(file.deflated ? 8 : 0, 2) + n(0, 4) + n(sum, 4) +
                               n(file.wide ? full : packed.size(), 4) + n(file.wide ? full : size, 4) +
                               n(file.name.size(), 2) + n(extra.size(), 2);
    list += "PK\x01\x02" + n(45, 2) + n(45, 2) + fields + n(0, 10) + n(archive.size(), 4) + file.name + extra;
    archive += "PK\x03\x04" + n(45, 2) + fields + file.name + extra + packed;
  }
  const std::uint64_t at = archive.size(), count = files.size();
  archive += list;
  if (end64) {
    const std::uint64_t end = archive.size();
    archive += "PK\x06\x06" + n(44, 8) + n(45, 2) + n(45, 2) + n(0, 8) + n(count, 8) + n(count, 8) + n(list.size(), 8) +
               n(at, 8);
    archive += "PK\x06\x07" + n(0, 4) + n(end, 8) + n(1, 4);
  }
  return archive + "PK\x05\x06" + n(0, 4) + n(count, 2) + n(count, 2) + n(list.size(), 4) +
         n(end64 ? 0xFFFFFFFF : at, 4) + n(0, 2);
}

}  // namespace millrace::test
