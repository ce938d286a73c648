// SPDX-License-Identifier: Apache-2.0
//
// Text as compressors write it.
#pragma once

#include <zlib.h>
#include <zstd.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace millrace::test {

/// window_bits: of zlib's deflateInit2(), which also chooses what stands around the bytes; negative: nothing.
[[nodiscard]] inline std::string deflated(std::string_view text, int window_bits = -15) {
  z_stream stream{};
  if (::deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib");
  std::string packed(::deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ::deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

/// A gzip file of one member.
[[nodiscard]] inline std::string gzipped(std::string_view text) { return deflated(text, 15 + 16); }

/// A zstd file of one frame.
[[nodiscard]] inline std::string zstd_packed(std::string_view text) {
  std::string packed(::ZSTD_compressBound(text.size()), '\0');
  packed.resize(::ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

}  // namespace millrace::test
