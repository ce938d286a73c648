// SPDX-License-Identifier: Apache-2.0
#include "export/external_data.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "export/onnx_file.hpp"
#include "export/other_makers.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

// y = x + c, whose c = (1, 2) is in another file.
class ExternalNumbers : public ::testing::Test {
 protected:
  ExternalNumbers() {
    std::filesystem::create_directory(folder_.file("model"));
    const float numbers[] = {7, 1, 2};
    write_text(folder_.file("model/m.onnx.data"), {reinterpret_cast<const char*>(numbers), sizeof numbers});
    write_text(folder_.file("outside"), {reinterpret_cast<const char*>(numbers), sizeof numbers});
  }
  [[nodiscard]] PlainGraph read_with(const std::string& location, const std::string& offset = "4",
                                     const std::string& length = "8") const {
    onnx::ModelProto model = addition();
    onnx::TensorProto& tensor = *model.mutable_graph()->mutable_initializer(0);
    tensor.clear_float_data();
    tensor.set_data_location(onnx::TensorProto_DataLocation_EXTERNAL);
    const auto add = [&](const char* key, const std::string& value) {
      if (value.empty()) return;
      onnx::StringStringEntryProto& entry = *tensor.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    };
    add("location", location);
    add("offset", offset);
    add("length", length);
    write_text(path_, model.SerializeAsString());
    return read_onnx(path_);
  }
  void refuses(const std::string& part, const std::string& location, const std::string& offset = "4",
               const std::string& length = "8") const {
    expect_error(ErrorKind::data, {"[onnx] '" + path_ + "': constant 'c' ", part, "expected"},
                 [&] { (void)read_with(location, offset, length); });
  }
  TemporaryDirectory folder_;
  std::string path_ = folder_.file("model/m.onnx");
};

TEST_F(ExternalNumbers, AreReadFromTheFolderOfTheModel) {
  const PlainGraph graph = read_with("m.onnx.data");
  EXPECT_EQ(graph.constants.at("c").values, (std::vector<float>{1, 2}));
  EXPECT_EQ(read_with("m.onnx.data", "4", "").constants.at("c").values, (std::vector<float>{1, 2}));
  EXPECT_EQ(read_with("./m.onnx.data", "", "8").constants.at("c").values, (std::vector<float>{7, 1}));
}

TEST_F(ExternalNumbers, AreNotReadFromOutside) {
  refuses("which is outside the folder of the model", "../outside");
  refuses("expected a file in the folder of the model", folder_.file("outside"));
  refuses("expected a file in the folder of the model", "");
  refuses("which does not exist", "m.data");
  refuses("which is no regular file", ".");
  std::filesystem::create_symlink("../outside", folder_.file("model/link"));
  refuses("which is outside the folder of the model", "link");
  std::filesystem::create_symlink("m.onnx.data", folder_.file("model/inside"));
  EXPECT_EQ(read_with("inside").constants.at("c").values, (std::vector<float>{1, 2}));
}

TEST_F(ExternalNumbers, AreNotReadBeyondTheirFile) {
  refuses("takes '9' bytes from byte '4' of 'm.onnx.data', expected bytes that the file has: it has 12", "m.onnx.data",
          "4", "9");
  refuses("from byte '13'", "m.onnx.data", "13", "");
  refuses("from byte '18446744073709551615'", "m.onnx.data", "18446744073709551615", "8");
  refuses("from byte '-4'", "m.onnx.data", "-4");
  refuses("takes 'many' bytes", "m.onnx.data", "4", "many");
  refuses("has 1 elements, expected 2", "m.onnx.data", "4", "4");
}

TEST_F(ExternalNumbers, BelongToAFile) {
  onnx::ModelProto model = addition();
  model.mutable_graph()->mutable_initializer(0)->set_data_location(onnx::TensorProto_DataLocation_EXTERNAL);
  expect_error(ErrorKind::data, {"keeps its numbers in another file, expected them inside"},
               [&] { (void)parse_onnx(model.SerializeAsString(), "memory"); });
}

}  // namespace
}  // namespace millrace::test
