// SPDX-License-Identifier: Apache-2.0
#include "model/files/json_difference.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace millrace::test {
namespace {

std::string difference(const std::string& then, const std::string& now) {
  return json_difference(nlohmann::json::parse(then), nlohmann::json::parse(now),
                         {"in the checkpoint", "now", {"training rows"}});
}

TEST(JsonDifference, IsNoneForTheSame) {
  const std::string run = R"({"model": {"layers": [{"name": "a", "op": "dense"}], "metrics": ["auc"]}, "seed": 1})";
  EXPECT_EQ(difference(run, run), "");
}

TEST(JsonDifference, SaysBothValues) {
  EXPECT_EQ(difference(R"({"seed": 1})", R"({"seed": 2})"), "seed (1 in the checkpoint, 2 now)");
  EXPECT_EQ(difference(R"({"model": {"loss": {"op": "mse"}}})", R"({"model": {"loss": {"op": "mae"}}})"),
            "model, loss, op (\"mse\" in the checkpoint, \"mae\" now)");
  EXPECT_EQ(difference(R"({"training rows": "1f"})", R"({"training rows": "2e"})"),
            "training rows (other rows now than in the checkpoint)");
  EXPECT_EQ(difference(R"({"validation rows": "1f"})", R"({"validation rows": "2e"})"),
            "validation rows (\"1f\" in the checkpoint, \"2e\" now)")
      << "no key with a checksum";
  EXPECT_EQ(difference(R"({"a": 1})", R"({"a": 1, "b": 2})"), "b (none in the checkpoint, 2 now)");
  EXPECT_EQ(difference(R"({"a": 1, "b": 2})", R"({"a": 1})"), "b (2 in the checkpoint, none now)");
}

std::string of_lists(const std::string& then, const std::string& now) {
  return difference(R"({"list": )" + then + "}", R"({"list": )" + now + "}");
}

TEST(JsonDifference, NamesTheEntriesThatOnlyOneHas) {
  EXPECT_EQ(of_lists(R"(["accuracy", "auc"])", R"(["accuracy"])"), "list ('auc' in the checkpoint, none now)");
  EXPECT_EQ(of_lists(R"(["auc"])", R"(["accuracy", "auc", "f1"])"),
            "list (none in the checkpoint, 'accuracy', 'f1' now)");
  EXPECT_EQ(of_lists(R"(["auc", "f1"])", R"(["auc", "recall"])"), "list ('f1' in the checkpoint, 'recall' now)");
  EXPECT_EQ(of_lists(R"([{"name": "hidden", "op": "dense"}, {"name": "out"}])", R"([{"name": "out"}])"),
            "list ('hidden' in the checkpoint, none now)");
  EXPECT_EQ(of_lists(R"(["a", "b", "c", "d", "e"])", R"(["v", "w", "x"])"),
            "list ('a', 'b', 'c' and 2 more in the checkpoint, 'v', 'w', 'x' now)");
}

TEST(JsonDifference, FollowsAnEntryByItsName) {
  EXPECT_EQ(of_lists(R"([{"name": "first"}, {"name": "out", "options": {"units": 4}}])",
                     R"([{"name": "first"}, {"name": "out", "options": {"units": 5}}])"),
            "list 'out', options, units (4 in the checkpoint, 5 now)");
  EXPECT_EQ(of_lists(R"([{"name": "out", "inputs": ["a"]}])", R"([{"name": "out", "inputs": ["b"]}])"),
            "list 'out', inputs ('a' in the checkpoint, 'b' now)");
}

TEST(JsonDifference, CountsWhereNamesSayNothing) {
  EXPECT_EQ(of_lists("[1, 2]", "[1, 3]"), "list 2 (2 in the checkpoint, 3 now)");
  EXPECT_EQ(of_lists("[]", "[0.5, 2]"), "list 1 (none in the checkpoint, 0.5 now)");
  EXPECT_EQ(of_lists("[1, 2, 3]", "[1, 2]"), "list 3 (3 in the checkpoint, none now)");
  EXPECT_EQ(of_lists("[[1, 2]]", "[[1, 4]]"), "list 1 2 (2 in the checkpoint, 4 now)");
  EXPECT_EQ(of_lists(R"(["a", "b"])", R"(["b", "a"])"), "list 1 (\"a\" in the checkpoint, \"b\" now)");
  EXPECT_EQ(of_lists(R"(["a", "a"])", R"(["a"])"), "list 2 (\"a\" in the checkpoint, none now)");
  EXPECT_EQ(of_lists(R"([{"name": "a"}, {"name": "b"}])", R"([{"name": "b"}, {"name": "a"}])"),
            "list 1, name (\"a\" in the checkpoint, \"b\" now)");
}

TEST(JsonDifference, IsInTheFirstKey) {
  using nlohmann::json;
  EXPECT_EQ(first_different_key(json{{"a", 1}, {"b", 2}}, json{{"a", 1}, {"b", 2}}), "");
  EXPECT_EQ(first_different_key(json{{"a", 1}, {"b", 2}, {"c", 3}}, json{{"a", 1}, {"b", 4}, {"c", 5}}), "b");
  EXPECT_EQ(first_different_key(json{{"b", 2}}, json{{"a", nullptr}, {"b", 2}}), "a");
}

}  // namespace
}  // namespace millrace::test
