// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "table/text/packed.hpp"
#include "table/text/source.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::gzipped;
using test::zstd_packed;

std::string unpacked_text(std::string bytes) {
  return std::string(unpacked(source_of("t.csv.gz", std::move(bytes)), "csv").bytes);
}

std::string long_text() {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i * 7919 % 10007) + ",";
  return text;
}

TEST(Unpacked, GzipAndZstdAreRecognisedByTheirFirstBytes) {
  for (const std::string& text : {std::string("a,b\n1,2\n"), std::string(), long_text(), std::string(1 << 20, 'x')}) {
    EXPECT_EQ(unpacked_text(gzipped(text)), text);
    EXPECT_EQ(unpacked_text(zstd_packed(text)), text);
  }
  EXPECT_EQ(unpacked_text("a,b\n"), "a,b\n");
}

TEST(Unpacked, PiecesOneAfterTheOtherAreOneText) {
  EXPECT_EQ(unpacked_text(gzipped("a,b\n") + gzipped("1,2\n")), "a,b\n1,2\n");
  EXPECT_EQ(unpacked_text(zstd_packed("a,b\n") + zstd_packed("1,2\n")), "a,b\n1,2\n");
  EXPECT_EQ(unpacked_text(gzipped("a,b\n") + std::string(512, '\0')), "a,b\n") << "zeros as tapes have them";
}

TEST(Unpacked, DamagedAndCutBytesAreRefused) {
  for (const std::string& packed : {gzipped(long_text()), zstd_packed(long_text())}) {
    for (const std::size_t size : {std::size_t{4}, std::size_t{11}, packed.size() / 2, packed.size() - 1})
      expect_error(ErrorKind::data, {"[csv] t.csv.gz is", "data that ends too early, expected the whole file"},
                   [&] { return unpacked_text(packed.substr(0, size)); });
    expect_error(ErrorKind::data, {"is damaged"}, [&] { return unpacked_text(packed + "more"); });
  }
  std::string wrong_sum = gzipped(long_text());
  wrong_sum[wrong_sum.size() - 8] ^= 1;
  expect_error(ErrorKind::data, {"t.csv.gz is gzip data that is damaged"}, [&] { return unpacked_text(wrong_sum); });
  std::string wrong_bytes = zstd_packed(long_text());
  for (std::size_t i = 20; i < 40; ++i) wrong_bytes[i] = '\xFF';
  expect_error(ErrorKind::data, {"t.csv.gz is zstd data that is damaged"}, [&] { return unpacked_text(wrong_bytes); });
}

// A frame says how many bytes it will give: whoever believes it reserves petabytes.
TEST(Unpacked, ALyingSizeReservesNothing) {
  std::string lying("\x28\xB5\x2F\xFD\xE0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 13);
  expect_error(ErrorKind::data, {"is zstd data that"}, [&] { return unpacked_text(lying); });
}

}  // namespace
}  // namespace millrace
