// SPDX-License-Identifier: Apache-2.0
#include "model/files/card.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

TEST(ModelCard, RefusesMoreColumnsThanATableCanHave) {
  for (const char* shape : {"[4294967296, 4294967297]", "[10000001]", "[-3]", "[0]"}) {
    const std::string card = R"({"inputs": [{"name": "x", "shape": )" + std::string(shape) + "}]}";
    expect_error(ErrorKind::data, {"[m.onnx]", "feature columns, expected 1 to 10000000"},
                 [&] { return card_from_json(card, "m.onnx"); });
  }
}

}  // namespace
}  // namespace millrace::test
