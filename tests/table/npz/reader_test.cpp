// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "millrace/arrays.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/npz/zip_bytes.hpp"
#include "table/tables.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::features_of;
using test::targets_of;
using test::ZipFile;
using Numbers = test::Table;

class Npz : public testing::Test {
 protected:
  Dataset read(const std::string& bytes, const std::string& features = "", const std::string& targets = "") {
    return read_npz(folder_.write("t.npz", bytes), features, targets);
  }
  void refuses(const std::string& bytes, std::initializer_list<std::string> parts, int line = __builtin_LINE()) {
    expect_error(
        ErrorKind::data, parts, [&] { return read(bytes); }, __FILE__, line);
  }
  test::TemporaryDirectory folder_;
};

const std::string x = test::npy_bytes("<f4", "False", "(2, 2)", test::bytes_of<float>({1, 2, 3, 4}));
const std::string y = test::npy_bytes("<i8", "False", "(2,)", test::bytes_of<std::int64_t>({7, 8}));
const std::string images = test::npy_bytes("|u1", "False", "(2, 2, 1)", std::string("\1\2\3\xFF"));

TEST_F(Npz, ReadsFeaturesAndTargetsByTheirUsualNames) {
  for (const auto& [first, second] : {std::pair{"x", "y"}, {"X", "y"}, {"x_train", "y_train"}, {"arr_0", "arr_1"}}) {
    const Dataset data = read(test::zip_bytes({{std::string(second) + ".npy", y}, {std::string(first) + ".npy", x}}));
    EXPECT_EQ(features_of(data), (Numbers{{1, 2}, {3, 4}})) << first;
    EXPECT_EQ(targets_of(data), (std::vector<float>{7, 8})) << second;
  }
  const Dataset alone = read(test::zip_bytes({{"x.npy", x}}));
  EXPECT_EQ(alone.targets.rows, 0);
  EXPECT_EQ(alone.source, folder_.file("t.npz") + ":x.npy");
}

TEST_F(Npz, ReadsArraysThatAreNamed) {
  const std::string archive =
      test::zip_bytes({{"x.npy", x}, {"a/b.npy", y}, {"pictures.npy", images}, {"note.txt", ""}});
  const Dataset data = read(archive, "pictures", "a/b");
  EXPECT_EQ(features_of(data), (Numbers{{1, 2}, {3, 255}}));
  EXPECT_EQ(targets_of(data), (std::vector<float>{7, 8}));
  expect_error(ErrorKind::usage, {"t.npz: unknown array 'pictres'", "did you mean 'pictures'?"},
               [&] { return read(archive, "pictres"); });
  expect_error(ErrorKind::usage, {"t.npz has the arrays q", "or the name of the array of features"}, [&] {
    return read(test::zip_bytes({{"q.npy", x}}));
  });
}

TEST_F(Npz, ReadsDeflatedFilesAndSizesOf64Bits) {
  ZipFile deflated{"x.npy", x};
  deflated.deflated = true;
  ZipFile wide{"y.npy", y};
  wide.wide = true;
  for (const bool end64 : {false, true}) {
    const Dataset data = read(test::zip_bytes({deflated, wide}, end64));
    EXPECT_EQ(features_of(data), (Numbers{{1, 2}, {3, 4}}));
    EXPECT_EQ(targets_of(data), (std::vector<float>{7, 8}));
  }
}

TEST_F(Npz, RefusesDamagedArchives) {
  const std::string archive = test::zip_bytes({{"x.npy", x}});
  refuses("", {"[npz]", "t.npz does not start with PK"});
  refuses("a,b\n", {"does not start with PK"});
  for (const std::size_t size : {std::size_t{3}, std::size_t{30}, archive.size() / 2, archive.size() - 23})
    refuses(archive.substr(0, size), {"has no list of files at its end"});
  std::string other = archive;
  other[archive.find("\x93NUMPY") + 130] ^= 1;
  refuses(other, {"'x.npy' with another checksum"});
  other = archive;
  other[archive.find("PK\x01\x02") + 42] = 5;
  refuses(other, {"has no file 'x.npy' where its list says"});
  other = archive;
  other[archive.size() - 22 + 10] = 9;
  refuses(other, {"a list of files that is damaged, expected 9 entries"});
  other = archive;
  other[archive.size() - 22 + 19] = 0x7F;
  refuses(other, {"its list of files behind its end"});
  refuses(test::zip_bytes({{"x.npy", x.substr(0, 100)}}), {"t.npz:x.npy ends within its header"});
  refuses(test::zip_bytes({{"x.npy", "text"}}), {"t.npz:x.npy does not start with"});
}

TEST_F(Npz, RefusesSizesThatLie) {
  ZipFile lying{"x.npy", x};
  lying.deflated = true;
  lying.unpacked_size = 0xFFFFFFF0;
  refuses(test::zip_bytes({lying}), {"'x.npy' of 4294967280 bytes packed by method 8"});
  lying.unpacked_size = x.size() + 1;
  refuses(test::zip_bytes({lying}), {"'x.npy' damaged"});
  lying.unpacked_size = x.size() - 1;
  refuses(test::zip_bytes({lying}), {"'x.npy' damaged"});
  ZipFile stored{"x.npy", x};
  stored.unpacked_size = x.size() + 1;
  refuses(test::zip_bytes({stored}), {"packed by method 0 to"});
  ZipFile locked{"x.npy", x};
  locked.flags = 1;
  refuses(test::zip_bytes({locked}), {"'x.npy' encrypted"});
}

TEST_F(Npz, RefusesArraysThatDoNotFit) {
  const std::string three = test::npy_bytes("<i8", "False", "(3,)", test::bytes_of<std::int64_t>({7, 8, 9}));
  refuses(test::zip_bytes({{"x.npy", x}, {"y.npy", three}}), {"t.npz:y.npy has 3 rows, expected 2 as in"});
}

}  // namespace
}  // namespace millrace
