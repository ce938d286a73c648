// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "base/fail.hpp"
#include "table/text/source.hpp"

namespace millrace {

namespace {

// What is unpacked, as it grows. A few bytes can be unpacked to terabytes: those that memory cannot hold are refused
// before the system ends the process.
class Unpacked {
 public:
  Unpacked(const SourceText& source, std::string_view who, std::string_view format)
      : source_(source), who_(who), format_(format) {}

  [[noreturn]] void refuse(const std::string& problem) const {
    fail(ErrorKind::data, who_, source_.path + " is " + std::string(format_) + " data that " + problem);
  }

  // Room for more bytes behind those that are there.
  char* room(std::size_t& size) {
    if (used_ == text_.size()) grow();
    size = text_.size() - used_;
    return text_.data() + used_;
  }
  void took(std::size_t bytes) { used_ += bytes; }

  std::string finish() {
    text_.resize(used_);
    return std::move(text_);
  }

 private:
  void grow() {
    const auto memory = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
    const std::size_t wanted = std::max(2 * text_.size(), 4 * source_.bytes.size() + 65536);
    if (text_.size() >= memory)
      refuse("unpacks to more than the " + std::to_string(memory >> 20) + " MiB of memory, expected less");
    text_.resize(std::min(wanted, memory));
  }

  const SourceText& source_;
  std::string_view who_, format_;
  std::string text_;
  std::size_t used_ = 0;
};

constexpr const char *cut_off = "ends too early, expected the whole file",
                     *damaged = "is damaged, expected a whole file";

struct Inflater {
  z_stream stream{};
  Inflater() {
    // 15 bits of window, and 16 for gzip's header.
    if (::inflateInit2(&stream, 15 + 16) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { ::inflateEnd(&stream); }
};

// A gzip file may have several members, one after the other, as parallel compressors and `cat` make them. Zeros behind
// the last one are padding of tapes.
std::string unpack_gzip(const SourceText& source, std::string_view who) {
  Unpacked unpacked(source, who, "gzip");
  Inflater inflater;
  z_stream& stream = inflater.stream;
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  std::string_view rest = source.bytes;
  for (;;) {
    std::size_t room = 0;
    stream.next_out = reinterpret_cast<Bytef*>(unpacked.room(room));
    stream.avail_out = static_cast<uInt>(std::min(room, most));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
    stream.avail_in = static_cast<uInt>(std::min(rest.size(), most));
    const std::size_t in = stream.avail_in, out = stream.avail_out;
    const int code = ::inflate(&stream, Z_NO_FLUSH);
    rest.remove_prefix(in - stream.avail_in);
    unpacked.took(out - stream.avail_out);
    if (code == Z_STREAM_END) {
      if (rest.find_first_not_of('\0') == std::string_view::npos) return unpacked.finish();
      ::inflateReset(&stream);
    } else if (code == Z_BUF_ERROR || (code == Z_OK && rest.empty() && stream.avail_out > 0)) {
      unpacked.refuse(cut_off);
    } else if (code == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (code != Z_OK) {
      unpacked.refuse(damaged);
    }
  }
}

std::string unpack_zstd(const SourceText& source, std::string_view who) {
  Unpacked unpacked(source, who, "zstd");
  const std::shared_ptr<ZSTD_DStream> stream(::ZSTD_createDStream(), ::ZSTD_freeDStream);
  if (stream == nullptr) throw std::bad_alloc();
  ZSTD_inBuffer in{source.bytes.data(), source.bytes.size(), 0};
  for (;;) {
    std::size_t room = 0;
    char* const to = unpacked.room(room);
    ZSTD_outBuffer out{to, room, 0};
    const std::size_t code = ::ZSTD_decompressStream(stream.get(), &out, &in);
    unpacked.took(out.pos);
    if (::ZSTD_isError(code) != 0) unpacked.refuse(damaged);
    if (in.pos == in.size && code == 0) return unpacked.finish();
    // A full buffer may have left bytes in the decoder.
    if (in.pos == in.size && out.pos < out.size) unpacked.refuse(cut_off);
  }
}

constexpr std::string_view gzip_magic = "\x1F\x8B", zstd_magic = "\x28\xB5\x2F\xFD";

void gzip_head(const SourceText& source, std::string& head) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  stream.next_out = reinterpret_cast<Bytef*>(head.data());
  stream.avail_out = static_cast<uInt>(head.size());
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(source.bytes.data()));
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(source.bytes.size(), std::numeric_limits<uInt>::max()));
  while (stream.avail_out > 0 && ::inflate(&stream, Z_NO_FLUSH) == Z_OK && stream.avail_in > 0) {
  }
  head.resize(head.size() - stream.avail_out);
}

void zstd_head(const SourceText& source, std::string& head) {
  const std::shared_ptr<ZSTD_DStream> stream(::ZSTD_createDStream(), ::ZSTD_freeDStream);
  if (stream == nullptr) throw std::bad_alloc();
  ZSTD_inBuffer in{source.bytes.data(), source.bytes.size(), 0};
  ZSTD_outBuffer out{head.data(), head.size(), 0};
  while (out.pos < out.size && in.pos < in.size) {
    const std::size_t code = ::ZSTD_decompressStream(stream.get(), &out, &in);
    if (::ZSTD_isError(code) != 0 || code == 0) break;
  }
  head.resize(out.pos);
}

}  // namespace

std::string unpacked_head(const SourceText& source, std::size_t size) {
  if (source.bytes.starts_with(gzip_magic)) {
    std::string head(size, '\0');
    gzip_head(source, head);
    return head;
  }
  if (source.bytes.starts_with(zstd_magic)) {
    std::string head(size, '\0');
    zstd_head(source, head);
    return head;
  }
  return std::string(source.bytes.substr(0, size));
}

SourceText unpacked(SourceText source, std::string_view who) {
  if (source.bytes.starts_with(gzip_magic)) return source_of(source.path, unpack_gzip(source, who));
  if (source.bytes.starts_with(zstd_magic)) return source_of(source.path, unpack_zstd(source, who));
  return source;
}

}  // namespace millrace
