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
using test::targets_of;
using Numbers = test::Table;

class Libsvm : public testing::Test {
 protected:
  Dataset read(std::string_view text, const LibsvmOptions& options = {}) {
    return read_libsvm(folder_.write("t.svm", text), options);
  }
  void refuses(std::string_view text, std::initializer_list<std::string> parts, const LibsvmOptions& options = {},
               int line = __builtin_LINE()) {
    expect_error(
        ErrorKind::data, parts, [&] { return read(text, options); }, __FILE__, line);
  }
  test::TemporaryDirectory folder_;
};

TEST_F(Libsvm, FeaturesThatAreNotNamedAreZero) {
  const Dataset data = read("+1 1:0.5 3:-2\r\n-1 2:1e2\n\n0.5\t3:4 # a note\n");
  EXPECT_EQ(features_of(data), (Numbers{{0.5F, 0, -2}, {0, 100, 0}, {0, 0, 4}}));
  EXPECT_EQ(targets_of(data), (std::vector<float>{1, -1, 0.5F}));
  EXPECT_TRUE(data.classes.empty());
  EXPECT_EQ(data.source, folder_.file("t.svm"));
  EXPECT_EQ(features_of(read(test::gzipped("1 1:2\n"))), (Numbers{{2}}));
  EXPECT_EQ(features_of(read("# made by us\n3 qid:1 1:2 2:3\n4")), (Numbers{{2, 3}, {0, 0}}));
}

TEST_F(Libsvm, IndicesMayCountFromZero) {
  EXPECT_EQ(features_of(read("1 0:5 2:6\n2 1:7\n")), (Numbers{{5, 0, 6}, {0, 7, 0}}));
}

TEST_F(Libsvm, ATestSetMayLackTheLastFeatures) {
  EXPECT_EQ(features_of(read("1 1:5\n", {.columns = 3})), (Numbers{{5, 0, 0}}));
  refuses("1 1:5 4:1\n", {"t.svm has features up to index 4, expected 3 features"}, {.columns = 3});
}

TEST_F(Libsvm, LabelsMayBeClasses) {
  const Dataset data = read("-1 1:1\n+1 1:2\n1.0 1:3\n", {.classes = {"-1", "1"}});
  EXPECT_EQ(targets_of(data), (std::vector<float>{0, 1, 1}));
  EXPECT_EQ(data.classes, (std::vector<std::string>{"-1", "1"}));
  refuses("-1 1:1\n2 1:2\n", {"t.svm line 2: label '2' is no known class, expected one of: -1, 1"},
          {.classes = {"-1", "1"}});
  expect_error(ErrorKind::usage, {"class 'red' is not a number"},
               [&] { return read("1 1:1\n", {.classes = {"red"}}); });
  expect_error(ErrorKind::usage, {"class '1.0' is given twice"}, [&] {
    return read("1 1:1\n", {.classes = {"1", "1.0"}});
  });
}

TEST_F(Libsvm, RefusesWhatIsNoFeature) {
  refuses("", {"[libsvm]", "t.svm has no rows"});
  refuses("# only\n", {"has no rows"});
  refuses("1\n2\n", {"has labels only"});
  refuses("1 1:1\nred 1:1\n", {"t.svm line 2: 'red' is not a finite number"});
  refuses("1:1 2:2\n", {"line 1: the row starts with '1:1', expected a label"});
  refuses("1,2 1:1\n", {"line 1: the row has the labels '1,2', expected one label"});
  refuses("1 1:1 x\n", {"line 1: 'x' is no feature, expected index:value"});
  for (const char* const word : {"a:1", "-1:1", "1.5:1", ":1", "99999999999999999999:1"})
    refuses(std::string("1 ") + word + "\n", {"line 1: the index of"});
  for (const char* const value : {"1:", "1:x", "1:nan", "1:1e99", "1:1:1"})
    refuses(std::string("1 ") + value + "\n", {"line 1:", "is not a finite number"});
  refuses("1 1:1 1:2\n", {"line 1: index 1 follows 1, expected indices that increase"});
  refuses("1 3:1 2:2\n", {"index 2 follows 3"});
}

TEST_F(Libsvm, AnIndexThatIsASlipAsksForNoMemory) {
  refuses("1 1:1 9000000000000:2\n", {"1 row and indices up to 9000000000000", "to fit into the"});
  refuses("1 1:1\n1 2147483648:2\n", {"indices up to 2147483648", "64 MiB that a text of 21 bytes may take"});
  refuses("1 9223372036854775807:2\n", {"the index of '9223372036854775807:2' is no whole number from 0 to 2^53"});
}

}  // namespace
}  // namespace millrace
