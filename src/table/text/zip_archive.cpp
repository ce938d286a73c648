// SPDX-License-Identifier: Apache-2.0
//
// After PKWARE's "APPNOTE - .ZIP File Format Specification". An archive is read from its end: there is the place of the
// list of files, which has the place and the sizes of each.
#include "table/text/zip_archive.hpp"
#include "base/fail.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "base/excerpt.hpp"

namespace millrace {

namespace {

constexpr std::uint64_t end_size = 22, end64_size = 56, locator_size = 20, entry_size = 46, local_size = 30;
constexpr std::uint64_t in_32_bits = 0xFFFFFFFF;

std::uint32_t checksum_of(std::string_view bytes) {
  uLong sum = ::crc32(0, nullptr, 0);
  while (!bytes.empty()) {
    const auto piece = static_cast<uInt>(std::min<std::size_t>(bytes.size(), 1U << 30));
    sum = ::crc32(sum, reinterpret_cast<const Bytef*>(bytes.data()), piece);
    bytes.remove_prefix(piece);
  }
  return static_cast<std::uint32_t>(sum);
}

// Inflates into exactly the given size. Returns whether it was that.
bool inflate_exactly(std::string_view packed, std::string& to) {
  z_stream stream{};
  if (::inflateInit2(&stream, -15) != Z_OK) throw std::bad_alloc();
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  std::size_t used = 0;
  int code = Z_OK;
  while (code == Z_OK) {
    const std::size_t in = std::min(packed.size(), most), out = std::min(to.size() - used, most);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(to.data() + used);
    stream.avail_out = static_cast<uInt>(out);
    code = ::inflate(&stream, Z_NO_FLUSH);
    packed.remove_prefix(in - stream.avail_in);
    used += out - stream.avail_out;
  }
  ::inflateEnd(&stream);
  return code == Z_STREAM_END && used == to.size();
}

}  // namespace

void ZipArchive::refuse(const std::string& problem) const { fail(ErrorKind::data, who_, source_.path + problem); }

std::uint64_t ZipArchive::number(std::uint64_t at, int bytes) const {
  if (at > source_.bytes.size() || source_.bytes.size() - at < static_cast<std::uint64_t>(bytes))
    refuse(" ends too early, expected a whole zip archive");
  std::uint64_t value = 0;
  for (int i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(source_.bytes[at + i]);
  return value;
}

ZipArchive::ZipArchive(const SourceText& source, std::string_view who) : source_(source), who_(who) {
  const std::string_view bytes = source_.bytes;
  if (!bytes.starts_with("PK")) refuse(" does not start with PK, expected a zip archive");
  // A comment of up to 65535 bytes may follow.
  const std::size_t found = bytes.rfind("PK\x05\x06");
  if (found == std::string_view::npos || bytes.size() - found > end_size + 65535)
    refuse(" has no list of files at its end, expected a whole zip archive");
  std::uint64_t count = number(found + 10, 2), size = number(found + 12, 4), at = number(found + 16, 4);
  if (found >= locator_size && bytes.substr(found - locator_size).starts_with("PK\x06\x07")) {
    const std::uint64_t end64 = number(found - locator_size + 8, 8);
    if (end64 > bytes.size() || bytes.size() - end64 < end64_size || number(end64, 4) != 0x06064B50)
      refuse(" has no list of files where it says, expected a whole zip archive");
    count = number(end64 + 32, 8);
    size = number(end64 + 40, 8);
    at = number(end64 + 48, 8);
  }
  read_list(at, size, count);
}

void ZipArchive::read_list(std::uint64_t at, std::uint64_t size, std::uint64_t count) {
  if (at > source_.bytes.size() || source_.bytes.size() - at < size)
    refuse(" has its list of files behind its end, expected a whole zip archive");
  const std::uint64_t end = at + size;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (end - at < entry_size || number(at, 4) != 0x02014B50)
      refuse(" has a list of files that is damaged, expected " + std::to_string(count) + " entries");
    const std::uint64_t name = number(at + 28, 2), extra = number(at + 30, 2), comment = number(at + 32, 2);
    if (end - at - entry_size < name + extra + comment)
      refuse(" has a list of files that is damaged, expected " + std::to_string(count) + " entries");
    Entry entry{.name = std::string(source_.bytes.substr(at + entry_size, name)),
                .flags = number(at + 8, 2),
                .method = number(at + 10, 2),
                .checksum = number(at + 16, 4),
                .packed = number(at + 20, 4),
                .unpacked = number(at + 24, 4),
                .offset = number(at + 42, 4)};
    read_sizes_of_64_bits(entry, at + entry_size + name, extra);
    entries_.push_back(std::move(entry));
    at += entry_size + name + extra + comment;
  }
}

// Fields of 32 bits that are full have their value in the extra field 1, in this order.
void ZipArchive::read_sizes_of_64_bits(Entry& entry, std::uint64_t at, std::uint64_t size) const {
  const std::uint64_t end = at + size;
  while (end - at >= 4) {
    const std::uint64_t kind = number(at, 2), length = number(at + 2, 2);
    at += 4;
    if (end - at < length) return;
    std::uint64_t field = at;
    for (std::uint64_t* const value : {&entry.unpacked, &entry.packed, &entry.offset}) {
      if (kind != 1 || *value != in_32_bits || at + length - field < 8) continue;
      *value = number(field, 8);
      field += 8;
    }
    at += length;
  }
}

std::vector<std::string> ZipArchive::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.name);
  return names;
}

std::string_view ZipArchive::packed_bytes(const Entry& entry) const {
  if (number(entry.offset, 4) != 0x04034B50)
    refuse(" has no file " + excerpt(entry.name) + " where its list says, expected a whole zip archive");
  const std::uint64_t header = local_size + number(entry.offset + 26, 2) + number(entry.offset + 28, 2);
  const std::uint64_t there = source_.bytes.size() - entry.offset;
  if (there < header || there - header < entry.packed)
    refuse(" ends within " + excerpt(entry.name) + ", expected a whole zip archive");
  return source_.bytes.substr(entry.offset + header, entry.packed);
}

SourceText ZipArchive::file(const std::string& name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](auto& entry) { return entry.name == name; });
  const Entry& entry = *found;
  const std::string path = source_.path + ":" + name;
  if ((entry.flags & 1) != 0) refuse(" has " + excerpt(name) + " encrypted, expected it without a password");
  const std::string_view packed = packed_bytes(entry);
  SourceText text;
  if (entry.method == 0 && entry.packed == entry.unpacked) {
    text = {path, packed, source_.owner};
  } else if (entry.method == 8 && entry.unpacked / 1032 <= entry.packed) {  // deflate packs 1032 bytes into one at most
    std::string unpacked(entry.unpacked, '\0');
    if (!inflate_exactly(packed, unpacked)) refuse(" has " + excerpt(name) + " damaged, expected a whole zip archive");
    text = source_of(path, std::move(unpacked));
  } else {
    refuse(" has " + excerpt(name) + " of " + std::to_string(entry.unpacked) + " bytes packed by method " +
           std::to_string(entry.method) + " to " + std::to_string(entry.packed) +
           ", expected a file that is stored or deflated, as numpy.savez writes it");
  }
  if (checksum_of(text.bytes) != entry.checksum)
    refuse(" has " + excerpt(name) +
           " with another checksum than its list says, expected an archive that is not damaged");
  return text;
}

}  // namespace millrace
