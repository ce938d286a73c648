// SPDX-License-Identifier: Apache-2.0
//
// What libFuzzer found worth keeping, without libFuzzer: every harness takes every file of its corpus, and the same files
// cut off, with a byte changed, and with a change of the harness's own.
#include <gtest/gtest.h>

#include <filesystem>

#include "fuzz/harness.hpp"
#include "fuzz/words.hpp"
#include "millrace/error.hpp"
#include "support/temporary.hpp"

namespace millrace::fuzz {
namespace {

class Corpus : public testing::TestWithParam<std::string> {};

TEST_P(Corpus, IsReadOrRefused) {
  const Harness& harness = *find_harness(GetParam());
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(std::string(MILLRACE_CORPUS_DIR) + "/" + GetParam())) {
    const std::string bytes = test::read_text(file.path().string());
    run(harness, bytes);
    run(harness, bytes.substr(0, bytes.size() / 2));
    for (unsigned draw = 1; draw <= 20; ++draw) {
      std::string other = bytes;
      if (harness.change(other, draw)) run(harness, other);
    }
    for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 50) {
      std::string other = bytes;
      other[at] = static_cast<char>(other[at] ^ 0x15);
      run(harness, other);
    }
    ++files;
  }
  EXPECT_GE(files, 3);
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const Harness& harness : harnesses()) names.emplace_back(harness.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Harness, Corpus, testing::ValuesIn(names()), [](const auto& of) { return of.param; });

// A check that can never fail finds nothing.
TEST(Harness, AFindingEndsTheProcess) {
  const Harness planted{"planted", [](std::string_view bytes) { require(bytes != "boom", "a planted bug"); },
                        change_word};
  run(planted, "fine");
  EXPECT_DEATH(run(planted, "boom"), "fuzz: a planted bug");
  const Harness broken{"broken", [](std::string_view) { throw Error(ErrorKind::internal, "a broken promise"); },
                       change_word};
  EXPECT_DEATH(run(broken, ""), "fuzz: a broken promise");
}

}  // namespace
}  // namespace millrace::fuzz
