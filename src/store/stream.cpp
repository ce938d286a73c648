// SPDX-License-Identifier: Apache-2.0
#include "store/stream.hpp"

#include <istream>
#include <iterator>
#include <ostream>

#include "base/fail.hpp"

namespace millrace {

std::string read_stream(std::istream& stream, std::string_view who) {
  std::string bytes;
  bool good = stream.good();
  try {
    if (good) bytes.assign(std::istreambuf_iterator<char>(stream), {});
    good = good && !stream.bad();
  } catch (const std::ios_base::failure&) {  // a stream that was told to throw
    good = false;
  }
  if (!good)
    fail(ErrorKind::environment, who,
         "the stream cannot be read after " + std::to_string(bytes.size()) + " bytes, expected an open one");
  return bytes;
}

namespace {

// Throws unless the stream is good after use(stream).
template <class Use>
void require_good(std::ostream& stream, std::string_view who, const Use& use) {
  bool good = false;
  try {
    use(stream);
    good = stream.good();
  } catch (const std::ios_base::failure&) {  // a stream that was told to throw
  }
  if (!good)
    fail(ErrorKind::environment, who,
         "the stream does not take all bytes, expected one that is open and has room for them");
}

}  // namespace

void write_stream(std::ostream& stream, std::span<const std::byte> bytes, std::string_view who) {
  require_good(stream, who, [&](std::ostream& out) {
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  });
}

void flush_stream(std::ostream& stream, std::string_view who) {
  require_good(stream, who, [](std::ostream& out) { out.flush(); });
}

}  // namespace millrace
