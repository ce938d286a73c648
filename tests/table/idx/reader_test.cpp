// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "millrace/arrays.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/tables.hpp"
#include "table/text/packed.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::features_of;
using Numbers = test::Table;

std::string idx_bytes(char type, const std::vector<std::uint32_t>& dimensions, const std::string& items) {
  std::string bytes{'\0', '\0', type, static_cast<char>(dimensions.size())};
  for (const std::uint32_t size : dimensions) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift);
  }
  return bytes + items;
}

class Idx : public testing::Test {
 protected:
  Dataset read(const std::string& bytes) { return read_idx(folder_.write("x-idx", bytes)); }
  void refuses(const std::string& bytes, std::initializer_list<std::string> parts, int line = __builtin_LINE()) {
    expect_error(
        ErrorKind::data, parts, [&] { return read(bytes); }, __FILE__, line);
  }
  test::TemporaryDirectory folder_;
};

TEST_F(Idx, ImagesAndLabelsAsMnistHasThem) {
  const std::string images = folder_.write("images.gz", test::gzipped(idx_bytes(8, {2, 2, 2}, "\1\2\3\4\5\6\7\xFF")));
  const std::string labels = folder_.write("labels", idx_bytes(8, {2}, std::string("\7\0", 2)));
  const Dataset data = read_idx(images, labels);
  EXPECT_EQ(features_of(data), (Numbers{{1, 2, 3, 4}, {5, 6, 7, 255}}));
  EXPECT_EQ(test::targets_of(data), (std::vector<float>{7, 0}));
  EXPECT_EQ(data.source, images + " with targets " + labels);
}

TEST_F(Idx, EveryTypeOfItem) {
  EXPECT_EQ(features_of(read(idx_bytes(9, {2}, "\xFF\2"))), (Numbers{{-1}, {2}}));
  EXPECT_EQ(features_of(read(idx_bytes(11, {1, 2}, std::string("\1\0\xFF\xFE", 4)))), (Numbers{{256, -2}}));
  EXPECT_EQ(features_of(read(idx_bytes(12, {1}, std::string("\0\1\0\0", 4)))), (Numbers{{65536}}));
  EXPECT_EQ(features_of(read(idx_bytes(13, {1}, std::string("\x3F\xC0\0\0", 4)))), (Numbers{{1.5F}}));
  EXPECT_EQ(features_of(read(idx_bytes(14, {1}, std::string("\xC0\x04\0\0\0\0\0\0", 8)))), (Numbers{{-2.5F}}));
}

TEST_F(Idx, RefusesDamagedFiles) {
  refuses("", {"[idx]", "x-idx does not start with two zero bytes"});
  refuses("a,b\n", {"does not start with two zero bytes"});
  refuses(idx_bytes(10, {1}, "x"), {"items of type 10"});
  refuses(idx_bytes(8, {}, ""), {"has no dimensions"});
  refuses(idx_bytes(8, {2, 2}, "abcd").substr(0, 9), {"ends within its header after 9 bytes"});
  refuses(idx_bytes(8, {2, 2}, "abc"), {"has 3 bytes of items, expected 4: it was cut off"});
  refuses(idx_bytes(8, {2, 2}, "abcde"), {"has 5 bytes of items, expected 4"});
  refuses(idx_bytes(8, {0, 2}, ""), {"has no items"});
  refuses(idx_bytes(8, {0, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, ""), {"has no items"});
  refuses(idx_bytes(14, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "x"), {"expected more than a file can have"});
  refuses(idx_bytes(13, {1}, std::string("\x7F\xC0\0\0", 4)), {"row 1, column 1", "nan as fp32"});
  const std::string x = folder_.write("x", idx_bytes(8, {2}, "ab")), y = folder_.write("y", idx_bytes(8, {1}, "a"));
  expect_error(ErrorKind::data, {"y has 1 row, expected 2 as in"}, [&] { return read_idx(x, y); });
}

}  // namespace
}  // namespace millrace
