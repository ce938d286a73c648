// SPDX-License-Identifier: Apache-2.0
#include "network/network.hpp"

#include <gtest/gtest.h>

#include "model/models.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

Network two_layers(const LayerConfig& first) {
  return Network({{{"x", {3}}}, {{"a", first, {"x"}}, {"b", Dense{.units = 2}, {"a"}}}, Semantics::keras});
}

TEST(Network, NamesParametersAfterTheirLayers) {
  const Network network = two_layers(Dense{.units = 4});
  ASSERT_EQ(network.parameters().size(), 4U);
  EXPECT_EQ(network.parameters()[0].name, "a/kernel");
  EXPECT_EQ(network.parameters()[2].name, "b/kernel");
  EXPECT_EQ(network.parameters()[2].spec.shape, (Shape{4, 2}));
  EXPECT_EQ(network.parameters()[2].offset, 3 * 4 + 4);
  EXPECT_EQ(network.weight_count(), 3 * 4 + 4 + 4 * 2 + 2);
}

TEST(Network, DescriptionHasAllOptions) {
  const NetworkDescription description = two_layers(Dense{.units = 4}).description();
  EXPECT_EQ(description.layers[1].name, "b");
  EXPECT_EQ(description.layers[1].inputs, std::vector<std::string>{"a"});
  EXPECT_EQ(std::get<std::string>(description.layers[0].layer.options.at("activation")), "linear");
}

TEST(Network, InitialValuesDependOnTheSeedAndTheParameter) {
  const Network network = two_layers(Dense{.units = 4}), other = two_layers(Dense{.units = 9});
  EXPECT_EQ(network.initial_values(0, 7), network.initial_values(0, 7));
  EXPECT_NE(network.initial_values(0, 7), network.initial_values(0, 8));
  EXPECT_EQ(network.initial_values(3, 7), std::vector<float>(2, 0.0F));
  EXPECT_EQ(other.initial_values(2, 7).size(), 18U);
}

TEST(Network, RefusesInvalidDescriptions) {
  const auto refuses = [](const NetworkDescription& description, std::initializer_list<std::string> parts) {
    expect_error(ErrorKind::usage, parts, [&] { return Network(description).value_count(); });
  };
  const Dense one{.units = 1};
  refuses({{{"x", {3}}}, {}, Semantics::keras}, {"[model]", "no layers"});
  refuses({{{"x", {3}}}, {{"x", one, {"x"}}}, Semantics::keras}, {"two inputs or layers have the name 'x'"});
  refuses({{{"x", {3}}}, {{"a", one, {"y"}}}, Semantics::keras}, {"[a]", "input 'y' is neither"});
  refuses({{{"x", {3}}}, {{"", one, {"x"}}}, Semantics::keras}, {"[dense]", "without name or inputs"});
  refuses({{{"x", {3}}}, {{"a", one, {}}}, Semantics::keras}, {"[dense]", "without name or inputs"});
  LayerConfig misspelt("dense");
  misspelt.options = {{"unit", std::int64_t{1}}};
  refuses({{{"x", {3}}}, {{"a", misspelt, {"x"}}}, Semantics::keras}, {"[dense]", "'unit'", "units"});
}

TEST(Network, NamesTheInputsWhoseShapesDoNotFit) {
  const Tensor x = input("x", {0, 3});
  Model model(add({(x | Dense{.units = 5}).named("left"), (x | Dense{.units = 4}).named("right")}).named("sum"));
  expect_error(ErrorKind::usage, {"[sum]", "left (5)", "right (4)", "expected the same shape"},
               [&] { model.build(4); });
}

TEST(Network, RefusesSizesThatNoMemoryHolds) {
  constexpr std::int64_t absurd = 4'000'000'000'000'000'000;
  const auto refuses = [](const std::vector<LayerConfig>& layers, std::initializer_list<std::string> parts,
                          std::int64_t inputs = 9) {
    expect_error(ErrorKind::usage, parts, [&] { return Model(layers).build(inputs).output_width(); });
  };
  refuses({Dense{.units = absurd}},
          {"[dense_1]", "(9, 4000000000000000000)", "3.6e+19 parameters of its kernel", "at most 1099511627776"});
  refuses({Dense{.units = absurd / 8, .use_bias = false}}, {"[dense_1]", "(9, 500000000000000000)"});
  refuses({Dense{.units = 4}, Dense{.units = std::int64_t{1} << 38}},
          {"[dense_2]", "1099511627776 parameters of its kernel", "at most 1099511627736"});
  refuses({Reshape{.shape = {3, 3, 1}}, Conv2d{.filters = absurd, .kernel_size = 2}},
          {"[conv2d_1]", "(2, 2, 1, 4000000000000000000)", "parameters of its kernel"});
  refuses({Embedding{.input_dim = 1, .output_dim = 1 << 20}},
          {"[embedding_1]", "(2097152, 1048576)", "2199023255552 numbers of a sample"}, 1 << 21);
}

}  // namespace
}  // namespace millrace::test
