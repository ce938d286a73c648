// SPDX-License-Identifier: Apache-2.0
#include "export/foreign_model.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace std::string_literals;

void is(const std::string& bytes, const std::string& part) {
  const std::string text = foreign_model(bytes);
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(ForeignModel, IsToldByItsFirstBytes) {
  const std::string zip = "PK\x03\x04\x14\0\0\0\0\0"s;
  is(zip + "archive/data.pkl\x80\x02"s, "a PyTorch file (.pt), torch.onnx.export");
  is(zip + "metadata.json{\"keras_version\"", "a Keras model (.keras), model.export(\"model.onnx\", format=\"onnx\")");
  is(zip + "other", "a zip archive");
  is("\x89HDF\r\n\x1a\n\0\0"s, "an HDF5 file");
  is("\x1c\0\0\0TFL3\0\0"s, "a TensorFlow Lite model");
  is("\x80\x04\x95\0\0"s, "a Python pickle");
  is("tree\nversion=v4\nnum_class=1\n", "a LightGBM model");
  is("{\"learner\":{\"attributes\":{}}}", "an XGBoost model");
  is("{\"layers\":[]}", "JSON");
  is("a,b,y\n1,2,3\n", "--data takes tables");
  is("This is no model.\n", "it is a text");
}

TEST(ForeignModel, MayBeUnknown) {
  EXPECT_EQ(foreign_model(""), "");
  EXPECT_EQ(foreign_model("\x08\x07\x12\x08millrace:"s), "") << "ONNX begins so";
  EXPECT_EQ(foreign_model("\x80"s), "");
  EXPECT_EQ(foreign_model("\x01\x02"s), "");
}

}  // namespace
}  // namespace millrace
