// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const ZipArchive archive(source, "npz");
//   archive.names();                       // "x.npy", "y.npy"
//   const SourceText x = archive.file("x.npy");
//
// The files of a zip archive, stored or deflated, also with the 64-bit sizes (zip64) that NumPy writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "table/text/source.hpp"

namespace millrace {

class ZipArchive {
 public:
  /// Reads the list of files. Throws Error{data} for bytes that are no zip archive, and for one that was cut off.
  ZipArchive(const SourceText& source, std::string_view who);

  [[nodiscard]] std::vector<std::string> names() const;
  /// The bytes of a file: where they are in the archive if it is stored, else unpacked. `name` is one of names(). Throws
  /// Error{data} for bytes that are damaged, encrypted or packed in another way, and for sizes that cannot be.
  [[nodiscard]] SourceText file(const std::string& name) const;

 private:
  struct Entry {
    std::string name;
    std::uint64_t flags, method, checksum, packed, unpacked, offset;
  };

  [[noreturn]] void refuse(const std::string& problem) const;
  [[nodiscard]] std::uint64_t number(std::uint64_t at, int bytes) const;
  void read_list(std::uint64_t at, std::uint64_t size, std::uint64_t count);
  void read_sizes_of_64_bits(Entry& entry, std::uint64_t at, std::uint64_t size) const;
  [[nodiscard]] std::string_view packed_bytes(const Entry& entry) const;

  SourceText source_;
  std::string_view who_;
  std::vector<Entry> entries_;
};

}  // namespace millrace
