// SPDX-License-Identifier: Apache-2.0
//
// Files as strangers damage them: a reader gives a set that fits together or a millrace::Error, and nothing else.
// The sanitizer builds run the same mutations and see reads outside the file.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "millrace/data.hpp"
#include "millrace/error.hpp"
#include "support/temporary.hpp"
#include "table/npy/npy_bytes.hpp"

namespace millrace {
namespace {

// One to three edits: a byte put in, a run taken out, repeated at the end or overwritten, the end cut off. `likely` are
// bytes that matter to the format.
std::string mutated(std::string text, const std::string& likely, Random& random) {
  for (std::uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
    const auto at = text.begin() + static_cast<std::ptrdiff_t>(random.below(text.size() + 1));
    const auto stop = at + std::min<std::ptrdiff_t>(text.end() - at, 1 + static_cast<std::ptrdiff_t>(random.below(8)));
    const char byte = random.below(4) == 0 ? static_cast<char>(random.below(256)) : likely[random.below(likely.size())];
    switch (random.below(5)) {
      case 0:
        text.insert(at, byte);
        break;
      case 1:
        text.erase(at, stop);
        break;
      case 2:
        text += std::string(at, stop);
        break;
      case 3:
        text.erase(random.below(8) == 0 ? at : text.end(), text.end());
        break;
      default:
        std::fill(at, stop, byte);
    }
  }
  return text;
}

void expect_sound(const Dataset& data) {
  ASSERT_GT(data.rows(), 0);
  ASSERT_GE(data.features.stride, data.features.columns);
  ASSERT_TRUE(data.targets.rows == 0 || data.targets.rows == data.rows());
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    for (std::int64_t c = 0; c < data.features.columns; ++c) ASSERT_TRUE(std::isfinite(data.features.row(r)[c]));
    for (std::int64_t c = 0; c < data.targets.columns && data.targets.rows > 0; ++c) {
      const float target = data.targets.row(r)[c];
      ASSERT_TRUE(std::isfinite(target));
      ASSERT_TRUE(data.classes.empty() || target < static_cast<float>(data.classes.size()));
    }
  }
}

// How many of the files were refused; both outcomes have to occur, or the mutations test nothing.
template <class Read>
int refused(const std::vector<std::string>& seeds, const std::string& likely, int rounds, Read&& read) {
  Random random(11, RandomStream::noise);
  int count = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::string text = mutated(seeds[static_cast<std::size_t>(i) % seeds.size()], likely, random);
    try {
      expect_sound(read(text));
    } catch (const Error&) {
      ++count;
    } catch (const std::exception& other) {
      ADD_FAILURE() << other.what() << " from: " << text;
    }
  }
  return count;
}

TEST(Robustness, Csv) {
  const test::TemporaryDirectory folder;
  const std::vector<std::string> seeds = {"a,b,y\n1,2,3\n-4.5,1e3,6\n", "a,b,y\r\n1,\"2\",red\r\n3,4,\"bl\"\"ue\"\r\n",
                                          "\xEF\xBB\xBF\"a,\"\"x\",w,y\n0.25,1,u\n\n7,2,v\n",
                                          "a,y\n1,1\n2,0\n3,1\n4,0"};
  constexpr int rounds = 6000;
  int round = 0;
  const int count = refused(seeds, ",\"\n\r 0.-eny", rounds, [&](const std::string& text) {
    CsvOptions options{.target = {"y"}, .target_required = round % 2 == 0};
    if (text.find(",w,") != std::string::npos) options.weight.assign(1, 'w');
    if (round++ % 5 == 0) options.classes = {"red", "bl\"ue", "0", "1", "u", "v"};
    return read_csv(folder.write("table.csv", text), options);
  });
  EXPECT_GT(count, rounds / 4);
  EXPECT_LT(count, rounds * 9 / 10);
}

TEST(Robustness, Npy) {
  const test::TemporaryDirectory folder;
  const std::string floats = test::bytes_of<float>({1, 2, 3, 4, 5, 6});
  const std::vector<std::string> seeds = {
      test::npy_bytes("<f4", "False", "(2, 3)", floats), test::npy_bytes(">i2", "True", "(3, 4)", floats),
      test::npy_bytes("<f8", "False", "(3,)", floats, 2), test::npy_bytes("|u1", "False", "(24,)", floats, 3)};
  constexpr int rounds = 6000;
  const int count = refused(seeds, "0123456789',(){}: <>|fiubFTL\n", rounds, [&](const std::string& text) {
    const std::string path = folder.write("x.npy", text);
    return read_npy(path, path);
  });
  EXPECT_GT(count, rounds / 4);
  EXPECT_LT(count, rounds * 9 / 10);
}

}  // namespace
}  // namespace millrace
