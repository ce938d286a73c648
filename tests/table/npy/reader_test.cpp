// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "millrace/data.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/npy/npy_bytes.hpp"
#include "table/tables.hpp"

namespace millrace {
namespace {

using test::bytes_of;
using test::expect_error;
using test::features_of;
using test::npy_bytes;
using test::Table;

class Npy : public testing::Test {
 protected:
  Dataset read(const std::string& bytes) { return read_npy(folder_.write("x.npy", bytes)); }
  void refuses(const std::string& bytes, std::initializer_list<std::string> parts, int line = __builtin_LINE()) {
    expect_error(
        ErrorKind::data, parts, [&] { return read(bytes); }, __FILE__, line);
  }
  test::TemporaryDirectory folder_;
};

// What numpy.save writes, version 2.4.6: a padded header of 128 bytes in all.
const std::string numpy_wrote = std::string("\x93NUMPY\x01\x00v\x00", 10) +
                                "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" + std::string(58, ' ') +
                                "\n" + bytes_of<float>({0, 1, 2, 3, 4, 5});

TEST_F(Npy, AsNumpyWritesIt) {
  EXPECT_EQ(numpy_wrote, npy_bytes("<f4", "False", "(2, 3)", bytes_of<float>({0, 1, 2, 3, 4, 5})));
  const Dataset data = read(numpy_wrote);
  EXPECT_EQ(features_of(data), (Table{{0, 1, 2}, {3, 4, 5}}));
  EXPECT_EQ(data.source, folder_.file("x.npy"));
  EXPECT_TRUE(data.feature_names.empty() && data.target_names.empty());
  EXPECT_EQ(data.targets.rows, 0);
}

TEST_F(Npy, FloatsAreCopiedUnlessTheyAreMapped) {
  const std::string path = folder_.write("x.npy", numpy_wrote);
  const Dataset data = read_npy(path);
  const Table before = features_of(data);
  std::filesystem::resize_file(path, 0);
  EXPECT_EQ(features_of(data), before);
}

TEST_F(Npy, FloatsAreMapped) {
  const std::string path = folder_.write("x.npy", numpy_wrote);
  const Dataset data = read_npy(path, "", ArrayMemory::mapped);
  // A page starts where the file does; a copy would start at a multiple of 64 too, but hardly at 128 in its page.
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(data.features.data) % 4096, 128U);
  const Dataset copy = data;
  EXPECT_EQ(copy.features.data, data.features.data);
}

template <class Item>
Table through_npy(const test::TemporaryDirectory& folder, const std::string& type, const std::vector<Item>& items) {
  const std::string shape = std::string("(").append(std::to_string(items.size())).append(",)");
  return features_of(read_npy(folder.write("x.npy", npy_bytes(type, "False", shape, bytes_of(items)))));
}

TEST_F(Npy, Types) {
  EXPECT_EQ(through_npy<double>(folder_, "<f8", {0.1, -1e-300}), (Table{{0.1F}, {-0.0F}}));
  EXPECT_EQ(through_npy<std::int8_t>(folder_, "|i1", {-128, 127}), (Table{{-128}, {127}}));
  EXPECT_EQ(through_npy<std::int16_t>(folder_, "<i2", {-32768, 32767}), (Table{{-32768}, {32767}}));
  EXPECT_EQ(through_npy<std::int32_t>(folder_, "<i4", {-7, 16777217}), (Table{{-7}, {16777216}}));
  EXPECT_EQ(through_npy<std::int64_t>(folder_, "<i8", {-7, INT64_MAX}), (Table{{-7}, {9223372036854775808.0F}}));
  EXPECT_EQ(through_npy<std::uint8_t>(folder_, "|u1", {0, 255}), (Table{{0}, {255}}));
  EXPECT_EQ(through_npy<std::uint16_t>(folder_, "<u2", {0, 65535}), (Table{{0}, {65535}}));
  EXPECT_EQ(through_npy<std::uint32_t>(folder_, "=u4", {0, UINT32_MAX}), (Table{{0}, {4294967296.0F}}));
  EXPECT_EQ(through_npy<std::uint64_t>(folder_, "<u8", {0, UINT64_MAX}), (Table{{0}, {18446744073709551616.0F}}));
  EXPECT_EQ(through_npy<char>(folder_, "|b1", {0, 1}), (Table{{0}, {1}}));
}

TEST_F(Npy, TheOtherByteOrder) {
  std::string items = bytes_of<float>({2.5F, -1});
  std::reverse(items.begin(), items.begin() + 4);
  std::reverse(items.begin() + 4, items.end());
  EXPECT_EQ(features_of(read(npy_bytes(">f4", "False", "(1, 2)", items))), (Table{{2.5F, -1}}));
  EXPECT_EQ(features_of(read(npy_bytes(">i2", "False", "(2, 1)", std::string("\x01\x02\x00\x03", 4)))),
            (Table{{258}, {3}}));
}

TEST_F(Npy, FortranOrderIsTransposed) {
  const Table expected = {{1, 2, 3}, {4, 5, 6}};
  EXPECT_EQ(features_of(read(npy_bytes("<f4", "True", "(2, 3)", bytes_of<float>({1, 4, 2, 5, 3, 6})))), expected);
  EXPECT_EQ(features_of(read(npy_bytes("<f8", "True", "(2, 3)", bytes_of<double>({1, 4, 2, 5, 3, 6})))), expected);
  EXPECT_EQ(features_of(read(npy_bytes("<f4", "True", "(3,)", bytes_of<float>({1, 2, 3})))), (Table{{1}, {2}, {3}}));
}

TEST_F(Npy, HeadersOfOtherWriters) {
  const std::string items = bytes_of<float>({1, 2});
  EXPECT_EQ(features_of(read(npy_bytes("<f4", "False", "(2, 1)", items, 2))), (Table{{1}, {2}}));
  EXPECT_EQ(features_of(read(npy_bytes("<f4", "False", "(2, 1)", items, 3))), (Table{{1}, {2}}));
  EXPECT_EQ(
      features_of(read(test::npy_with_header("{\"shape\":(2L,),\"fortran_order\":False,\"descr\":\"<f4\"}", items))),
      (Table{{1}, {2}}));
  // Without padding the items of some writers start at any byte: those are copied.
  const std::string literal = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}";
  const std::string odd =
      std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(literal.size()) + '\0' + literal + items;
  ASSERT_NE((odd.size() - items.size()) % 4, 0U);
  EXPECT_EQ(features_of(read(odd)), (Table{{1, 2}}));
}

TEST_F(Npy, FeaturesAndTargets) {
  const std::string x = folder_.write("x.npy", numpy_wrote);
  const std::string y = folder_.write("y.npy", npy_bytes("<i8", "False", "(2,)", bytes_of<std::int64_t>({1, 0})));
  const Dataset data = read_npy(x, y);
  EXPECT_EQ(test::targets_of(data), (std::vector<float>{1, 0}));
  EXPECT_EQ(data.targets.columns, 1);
  EXPECT_EQ(data.source, x + " with targets " + y);  // a message about a row may mean either
  const std::string three =
      folder_.write("z.npy", npy_bytes("<i8", "False", "(3,)", bytes_of<std::int64_t>({1, 0, 1})));
  expect_error(ErrorKind::data, {"[npy]", "z.npy has 3 rows, expected 2", "x.npy"}, [&] { return read_npy(x, three); });
}

TEST_F(Npy, NotFinite) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  refuses(npy_bytes("<f4", "False", "(2, 3)", bytes_of<float>({1, 2, 3, 4, 5, infinity})),
          {"[npy]", "x.npy row 2, column 3 (counted from 1)", "inf"});
  refuses(npy_bytes("<f4", "False", "(3, 2)",
                    bytes_of<float>({1, 2, std::numeric_limits<float>::quiet_NaN(), 4, 5, -infinity})),
          {"row 2, column 1", "nan"});
  refuses(npy_bytes("<f8", "True", "(2, 2)", bytes_of<double>({1, 2, -1e300, 4})), {"row 1, column 2", "-inf as fp32"});
}

TEST_F(Npy, NoNpyFile) {
  expect_error(ErrorKind::data, {"[npy]", "there is no file"}, [&] { return read_npy(folder_.file("absent.npy")); });
  expect_error(ErrorKind::data, {"[npy]", "is a directory"}, [&] { return read_npy(folder_.path()); });
  refuses("", {"x.npy is empty"});
  refuses("a,b\n1,2\n", {"does not start with"});
  refuses("PK\x03\x04", {"zip archive", ".npz"});
  std::string future = numpy_wrote;
  future[6] = 4;
  refuses(future, {"format version 4, expected 1, 2 or 3"});
  for (const std::size_t size : {6U, 7U, 9U, 10U, 40U, 127U})
    refuses(numpy_wrote.substr(0, size), {"ends within its header"});
}

TEST_F(Npy, Shapes) {
  const std::string items = bytes_of<float>({1, 2});
  refuses(npy_bytes("<f4", "False", "()", items), {"is a single number, expected an array"});
  refuses(npy_bytes("<f4", "True", "(1, 1, 2)", items), {"has 3 dimensions in Fortran order", "ascontiguousarray"});
  refuses(npy_bytes("<f4", "False", "(2, 4294967296, 4294967296)", items), {"more items than a file can have"});
  refuses(npy_bytes("<f4", "False", "(0, 2)", ""), {"an array of 0x2, expected at least one row"});
  refuses(npy_bytes("<f4", "False", "(2, 0)", ""), {"an array of 2x0"});
  refuses(npy_bytes("<f4", "False", "(3,)", items),
          {"has 8 bytes of items, expected 12 for 3x1 of 4 bytes", "cut off"});
  refuses(npy_bytes("<f4", "False", "(1,)", items), {"has 8 bytes of items, expected 4", "second array"});
  refuses(npy_bytes("<f4", "False", "(4611686018427387905, 4)", items), {"more than a file can have"});
  refuses(npy_bytes("<f4", "False", "(9223372036854775807,)", items), {"more than a file can have"});
  refuses(npy_bytes("<f4", "False", "(4611686018427387906,)", items), {"more than a file can have"});  // 2^64 + 8 bytes
  refuses(npy_bytes("<f4", "False", "(99999999999999999999,)", items), {"stops making sense at '99999"});
  refuses(npy_bytes("<f4", "False", "(-2,)", items), {"stops making sense at '-2"});
}

TEST_F(Npy, Headers) {
  const std::string items = bytes_of<float>({1, 2});
  for (const char* const type :
       {"<f2", "<f16", "<c8", "|O", "|S5", "<U3", "<i3", "<u9", "", "f4", "?f4", "|b2", "<f\xFF"}) {
    refuses(npy_bytes(type, "False", "(2,)", items), {"x.npy holds items of type", "astype('float32')"});
  }
  refuses(test::npy_with_header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", items),
          {"structured array"});
  refuses(npy_bytes("<f4", "No", "(2,)", items), {"stops making sense at 'No"});
  refuses(npy_bytes("<f4", "False", "(2 3)", items), {"stops making sense at '3)"});
  refuses(npy_bytes("<f4", "False", "2", items), {"stops making sense"});
  refuses(test::npy_with_header("", items), {"stops making sense"});
  refuses(test::npy_with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", items),
          {"stops making sense"});
  refuses(test::npy_with_header("{'descr': '<f4", items), {"stops making sense"});
  refuses(test::npy_with_header("{'descr': '<f4', 'kind': 3}", items), {"stops making sense"});
  refuses(test::npy_with_header("{'shape': (2,), 'descr': '<f4', 'descr': '<f4'}", items),
          {"lacks descr, fortran_order or shape"});
}

}  // namespace
}  // namespace millrace
