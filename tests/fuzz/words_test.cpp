// SPDX-License-Identifier: Apache-2.0
#include "fuzz/words.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <set>

namespace millrace::fuzz {
namespace {

TEST(ChangesOfWords, AreOfWholeWords) {
  std::set<std::string> results;
  for (unsigned draw = 1; draw < 200; ++draw) {
    std::string bytes = "{\"units\": 25}";
    ASSERT_TRUE(change_word(bytes, draw));
    EXPECT_EQ(bytes.substr(0, 2), "{\"");
    EXPECT_EQ(bytes.back(), '}');
    results.insert(bytes);
  }
  for (const char* const expected : {"{\"25\": 25}", "{\"units\": units}", "{\"units\": 9}", "{\"-1\": 25}"})
    EXPECT_TRUE(results.contains(expected)) << expected;
}

TEST(ChangesOfWords, KeepTheLengthOfAHeader) {
  const std::string header = "{\"a\": 1}", data("\xff\xff\xff\xff", 4);
  for (unsigned draw = 1; draw < 50; ++draw) {
    std::uint64_t length = header.size();
    std::string bytes(sizeof length, '\0');
    std::memcpy(bytes.data(), &length, sizeof length);
    bytes += header + data;
    ASSERT_TRUE(change_word(bytes, draw));
    std::memcpy(&length, bytes.data(), sizeof length);
    EXPECT_EQ(bytes.size(), sizeof length + length + data.size());
    EXPECT_TRUE(bytes.ends_with("}" + data));
  }
}

TEST(ChangesOfWords, NeedAWord) {
  std::string bytes("\0\1 {}", 5);
  EXPECT_FALSE(change_word(bytes, 1));
}

}  // namespace
}  // namespace millrace::fuzz
