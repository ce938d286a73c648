// SPDX-License-Identifier: Apache-2.0
#include "base/names.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using Names = std::vector<std::string_view>;

TEST(Names, JoinsNamesAndWhatAFunctionMakesOfThem) {
  EXPECT_EQ(join(Names{}), "");
  EXPECT_EQ(join(Names{"a", "b", "c"}), "a, b, c");
  EXPECT_EQ(join(std::vector<std::string>{"a", "b"}, " or "), "a or b");
  EXPECT_EQ(join(std::vector<int>{1, 2}, "|", [](int i) { return std::to_string(i); }), "1|2");
}

TEST(Names, FindsATypingError) {
  EXPECT_EQ(nearest_name("sigmod", {"relu", "hard_sigmoid", "sigmoid"}), "sigmoid");
  EXPECT_EQ(nearest_name("xyz", {"relu", "sigmoid"}), "");
  EXPECT_EQ(nearest_name("ab", {"cd"}), "");  // no character in common
  EXPECT_EQ(nearest_name("a", {}), "");
}

TEST(Names, FindsOtherFormsOfAName) {
  EXPECT_EQ(nearest_name("--lr", {"--loss", "--learning-rate", "--layers"}), "--learning-rate");
  EXPECT_EQ(nearest_name("LayerNormalization", {"batch_normalization", "layer_normalization"}), "layer_normalization");
  EXPECT_EQ(nearest_name("layernorm", {"layer", "batch_normalization", "layer_normalization"}), "layer");
}

TEST(Names, OffersRelatedNamesTheNearestFirst) {
  const Names losses{"sparse_categorical_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy",
                     "binary_crossentropy"};
  EXPECT_TRUE(unknown_name("loss", "crossentropy", losses)
                  .starts_with("unknown loss 'crossentropy', did you mean 'binary_crossentropy', "
                               "'binary_focal_crossentropy' or 'categorical_crossentropy'? known: sparse"));
  // Short names occur in longer ones by chance.
  EXPECT_EQ(nearest_name("labl", {"a", "b", "label"}), "label");
}

TEST(Names, OffersTheNearestBeforeTheList) {
  EXPECT_EQ(unknown_name("loss", "mea", {"mae", "hinge"}), "unknown loss 'mea', did you mean 'mae'? known: mae, hinge");
  EXPECT_EQ(unknown_name("loss", "xyz", {"mae", "hinge"}), "unknown loss 'xyz', known: mae, hinge");
  EXPECT_EQ(unknown_name("loss", "xyz", {}), "unknown loss 'xyz', there are none");
  EXPECT_EQ(unknown_name("column", "label", {"label_1", "label_2"}),
            "unknown column 'label', did you mean 'label_1' or 'label_2'? known: label_1, label_2");
}

TEST(Names, ShortensLongLists) {
  const std::string name(60, 'x');
  EXPECT_EQ(listed({"a", "b", "c"}, 3), "a, b, c");
  EXPECT_EQ(listed({"a", "b", "c"}, 1), "a and 2 more");
  EXPECT_EQ(unknown_name("column", "y", Names(10, name)),
            "unknown column 'y', known: " + name + ", " + name + ", " + name + " and 7 more");
}

}  // namespace
}  // namespace millrace
