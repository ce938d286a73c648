// SPDX-License-Identifier: Apache-2.0
//
// Bytes that nobody wrote on purpose: read or refused, never a crash.
#include <gtest/gtest.h>

#include <iterator>
#include <random>

#include "export/graphs.hpp"
#include "export/onnx_file.hpp"
#include "millrace/error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::same;
using test::TemporaryDirectory;
using test::two_layers;

std::string sample_bytes() {
  TemporaryDirectory folder;
  write_onnx(two_layers(), folder.file("m.onnx"));
  return test::read_text(folder.file("m.onnx"));
}

// protobuf has no end mark: where a cut falls between two entries of the metadata, which come last, it shows nowhere.
TEST(OnnxDamage, ATruncatedModelNeverLosesAPartOfItsGraph) {
  const std::string good = sample_bytes();
  int read = 0;
  for (std::size_t size = 0; size < good.size(); ++size) try {
      PlainGraph graph = parse_onnx(good.substr(0, size), "cut.onnx");
      graph.metadata = two_layers().metadata;
      EXPECT_TRUE(same(graph, two_layers())) << size;
      ++read;
    } catch (const Error& error) {
      EXPECT_EQ(exit_code(error.kind()), exit_code(ErrorKind::data)) << error.what();
    }
  EXPECT_LE(read, std::ssize(two_layers().metadata));
}

TEST(OnnxDamage, ArbitraryBytesNeverCrash) {
  const std::string good = sample_bytes();
  std::mt19937 random(2);
  int read = 0, refused = 0;
  for (int round = 0; round < 40000; ++round) {
    std::string bad = good;
    for (unsigned edits = random() % 3 + 1; edits > 0; --edits) {
      const std::size_t at = random() % bad.size();
      switch (random() % 4) {
        case 0:
          bad[at] = static_cast<char>(random());
          break;
        case 1:
          bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ 1U << random() % 8);
          break;
        case 2:
          bad.erase(at, random() % 3);
          break;
        default:
          bad.insert(at, bad.substr(random() % bad.size(), random() % 60));
          break;
      }
    }
    try {
      EXPECT_FALSE(parse_onnx(bad, "bad.onnx").outputs.empty());
      ++read;
    } catch (const Error& error) {
      EXPECT_EQ(exit_code(error.kind()), exit_code(ErrorKind::data)) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(read, 1000);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace millrace
