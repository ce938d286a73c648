// SPDX-License-Identifier: Apache-2.0
#include "model/files/identity.hpp"

#include <gtest/gtest.h>

namespace millrace::test {
namespace {

TEST(IdentityDifference, IsNoneForTheSame) {
  const std::string run = R"({"model": {"layers": [{"name": "a", "op": "dense"}], "metrics": ["auc"]}, "seed": 1})";
  EXPECT_EQ(identity_difference(run, run), "");
}

TEST(IdentityDifference, SaysBothValues) {
  EXPECT_EQ(identity_difference(R"({"seed": 1})", R"({"seed": 2})"), "seed (1 in the checkpoint, 2 now)");
  EXPECT_EQ(identity_difference(R"({"model": {"loss": {"op": "mse"}}})", R"({"model": {"loss": {"op": "mae"}}})"),
            "model, loss, op (\"mse\" in the checkpoint, \"mae\" now)");
  EXPECT_EQ(identity_difference(R"({"training rows": "1f"})", R"({"training rows": "2e"})"),
            "training rows (other rows now than in the checkpoint)");
  EXPECT_EQ(identity_difference(R"({"a": 1})", R"({"a": 1, "b": 2})"), "b (none in the checkpoint, 2 now)");
  EXPECT_EQ(identity_difference(R"({"a": 1, "b": 2})", R"({"a": 1})"), "b (2 in the checkpoint, none now)");
}

std::string of_lists(const std::string& then, const std::string& now) {
  return identity_difference(R"({"list": )" + then + "}", R"({"list": )" + now + "}");
}

TEST(IdentityDifference, NamesTheEntriesThatOnlyOneHas) {
  EXPECT_EQ(of_lists(R"(["accuracy", "auc"])", R"(["accuracy"])"), "list ('auc' in the checkpoint, none now)");
  EXPECT_EQ(of_lists(R"(["auc"])", R"(["accuracy", "auc", "f1"])"),
            "list (none in the checkpoint, 'accuracy', 'f1' now)");
  EXPECT_EQ(of_lists(R"(["auc", "f1"])", R"(["auc", "recall"])"), "list ('f1' in the checkpoint, 'recall' now)");
  EXPECT_EQ(of_lists(R"([{"name": "hidden", "op": "dense"}, {"name": "out"}])", R"([{"name": "out"}])"),
            "list ('hidden' in the checkpoint, none now)");
  EXPECT_EQ(of_lists(R"(["a", "b", "c", "d", "e"])", R"(["v", "w", "x"])"),
            "list ('a', 'b', 'c' and 2 more in the checkpoint, 'v', 'w', 'x' now)");
}

TEST(IdentityDifference, FollowsAnEntryByItsName) {
  EXPECT_EQ(of_lists(R"([{"name": "first"}, {"name": "out", "options": {"units": 4}}])",
                     R"([{"name": "first"}, {"name": "out", "options": {"units": 5}}])"),
            "list 'out', options, units (4 in the checkpoint, 5 now)");
  EXPECT_EQ(of_lists(R"([{"name": "out", "inputs": ["a"]}])", R"([{"name": "out", "inputs": ["b"]}])"),
            "list 'out', inputs ('a' in the checkpoint, 'b' now)");
}

TEST(IdentityDifference, CountsWhereNamesSayNothing) {
  EXPECT_EQ(of_lists("[1, 2]", "[1, 3]"), "list 2 (2 in the checkpoint, 3 now)");
  EXPECT_EQ(of_lists("[]", "[0.5, 2]"), "list 1 (none in the checkpoint, 0.5 now)");
  EXPECT_EQ(of_lists("[1, 2, 3]", "[1, 2]"), "list 3 (3 in the checkpoint, none now)");
  EXPECT_EQ(of_lists("[[1, 2]]", "[[1, 4]]"), "list 1 2 (2 in the checkpoint, 4 now)");
  EXPECT_EQ(of_lists(R"(["a", "b"])", R"(["b", "a"])"), "list 1 (\"a\" in the checkpoint, \"b\" now)");
  EXPECT_EQ(of_lists(R"(["a", "a"])", R"(["a"])"), "list 2 (\"a\" in the checkpoint, none now)");
  EXPECT_EQ(of_lists(R"([{"name": "a"}, {"name": "b"}])", R"([{"name": "b"}, {"name": "a"}])"),
            "list 1, name (\"a\" in the checkpoint, \"b\" now)");
}

// A run that version 0.1 began goes on: it wrote 0 and -1 where this version writes none, and "3x5" for an extent.
TEST(IdentityDifference, IsNoneWhereOnlyTheFormIsThatOfVersion01) {
  const auto identity = [](const std::string& size, const std::string& limit, const std::string& rate,
                           const std::string& baseline) {
    return R"({"model": {"inputs": [{"name": "features", "shape": [60]}], "layers": [
      {"name": "image", "op": "reshape", "options": {"shape": "6x10x1"}, "inputs": ["features"]},
      {"name": "conv", "op": "conv2d", "options": {"filters": 2, "kernel_size": )" +
           size + R"(}, "inputs": ["image"]}], "semantics": "keras",
      "optimizer": {"op": "sgd", "options": {}}, "update": {"op": "update", "options": {"clipnorm": )" +
           limit + R"(}}, "schedule": {"op": "cosine_decay", "options": {"initial_learning_rate": )" + rate +
           R"(}}, "pace": {"op": "pace", "options": {}}, "loss": {"op": "mse", "options": {}}, "metrics": [],
      "features": [], "targets": [], "classes": []},
      "callbacks": {"early_stopping_2": {"baseline": )" +
           baseline + R"(, "patience": 3}}, "seed": 1})";
  };
  const std::string old = identity(R"("3x5")", "0.0", "-1.0", R"("")"),
                    now = identity("[3, 5]", "null", "null", "null");
  EXPECT_EQ(identity_difference(old, now), "");
  EXPECT_EQ(identity_difference(old, identity("[3, 5]", "1.0", "null", "null")),
            "model, update, options, clipnorm (none in the checkpoint, 1.0 now)");
  EXPECT_EQ(identity_difference(old, identity("[3, 5]", "null", "null", "0.5")),
            "callbacks, early_stopping_2, baseline (none in the checkpoint, 0.5 now)");
}

}  // namespace
}  // namespace millrace::test
