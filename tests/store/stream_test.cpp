// SPDX-License-Identifier: Apache-2.0
#include "store/stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <streambuf>

#include "support/expect_error.hpp"

namespace millrace {
namespace {

using test::expect_error;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

// Gives "ab" and then fails; takes two bytes of a piece and then fails; cannot be flushed.
class Broken : public std::streambuf {
 protected:
  int_type underflow() override {
    if (read_) throw std::ios_base::failure("broken");
    read_ = true;
    setg(bytes_, bytes_, bytes_ + 2);
    return traits_type::to_int_type('a');
  }
  int sync() override { return -1; }
  std::streamsize xsputn(const char*, std::streamsize count) override { return std::min<std::streamsize>(count, 2); }

 private:
  bool read_ = false;
  char bytes_[2] = {'a', 'b'};
};

TEST(Stream, BytesOfEveryValueComeBack) {
  std::string bytes;
  for (int value = 0; value < 256; ++value) bytes += static_cast<char>(value);
  std::stringstream stream;
  write_stream(stream, bytes_of(bytes), "test");
  EXPECT_EQ(read_stream(stream, "test"), bytes);
}

TEST(Stream, ReadsFromThePositionOfTheStream) {
  std::istringstream stream("skip this");
  stream.ignore(5);
  EXPECT_EQ(read_stream(stream, "test"), "this");
}

TEST(Stream, RefusesAStreamThatCannotBeRead) {
  std::ifstream missing("/nonexistent/file");
  expect_error(ErrorKind::environment, {"[test] the stream cannot be read after 0 bytes"},
               [&] { return read_stream(missing, "test"); });
  for (const bool throws : {false, true}) {
    Broken broken;
    std::istream stream(&broken);
    if (throws) stream.exceptions(std::ios_base::badbit);
    expect_error(ErrorKind::environment, {"[test] the stream cannot be read"},
                 [&] { return read_stream(stream, "test"); });
  }
}

TEST(Stream, RefusesAStreamThatDoesNotTakeAllBytes) {
  for (const bool throws : {false, true}) {
    Broken broken;
    std::ostream stream(&broken);
    if (throws) stream.exceptions(std::ios_base::badbit);
    expect_error(ErrorKind::environment, {"[test] the stream does not take all bytes"},
                 [&] { return write_stream(stream, bytes_of("abc"), "test"), 0; });
  }
}

TEST(Stream, RefusesAStreamThatCannotBeFlushed) {
  Broken broken;
  std::ostream stream(&broken);
  write_stream(stream, bytes_of("ab"), "test");
  expect_error(ErrorKind::environment, {"[test] the stream does not take all bytes"},
               [&] { return flush_stream(stream, "test"), 0; });
}

}  // namespace
}  // namespace millrace
