// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const SourceText source = to_utf8(unpacked(open_source(path, "csv")), "latin1");
//
// The bytes of a file, and what has to happen to them before a reader of text can take them: unpacking and decoding.
// Bytes that need neither stay where the file is mapped.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct SourceText {
  std::string path;
  std::string_view bytes;
  std::shared_ptr<const void> owner;  ///< keeps the bytes alive
};

/// The bytes as they are in the file. Throws Error{data} as MappedFile does.
[[nodiscard]] SourceText open_source(const std::string& path, std::string_view who);

/// The bytes that were compressed with gzip or zstd, which their first bytes tell; any others as they are. Throws
/// Error{data} if compressed bytes are damaged or cut off, or are more than the memory of this machine when unpacked.
[[nodiscard]] SourceText unpacked(SourceText source, std::string_view who);

/// The table in an archive: the bytes of the only file of a zip archive, which their first bytes tell; any others as they
/// are. Throws Error{data} for an archive of no or several files, and as ZipArchive does.
[[nodiscard]] SourceText unzipped(SourceText source, std::string_view who);

/// What a file with these first bytes is, if it is of a format that is known and not read here, and how to get at its
/// table: "a Parquet file, expected ...". Empty: none of those. A text is judged by what is behind its first `skip_lines`
/// lines.
[[nodiscard]] std::string foreign_format(std::string_view head, std::int64_t skip_lines = 0);

/// The first bytes of the same, at most `size`. Fewer where they are damaged: for a look at what they are.
[[nodiscard]] std::string unpacked_head(const SourceText& source, std::size_t size);

/// The text in UTF-8 and without a byte order mark. encoding: the name that iconv has for it; empty: the one of a byte
/// order mark, else UTF-8, which is not checked. Throws Error{usage} for an unknown encoding and one that a byte order
/// mark contradicts, Error{data} with the line for bytes that the encoding does not have, and for text that has zero bytes
/// like UTF-16 and no byte order mark.
[[nodiscard]] SourceText to_utf8(SourceText source, const std::string& encoding, std::string_view who);

/// The files that a path or pattern with * ? or [...] stands for, in the order of their names. A file with that very
/// name stands for itself. Throws Error{data} if there is none.
[[nodiscard]] std::vector<std::string> matching_files(const std::string& pattern, std::string_view who);

/// A source of text that was made in memory.
[[nodiscard]] SourceText source_of(std::string path, std::string text);

}  // namespace millrace
