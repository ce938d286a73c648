// SPDX-License-Identifier: Apache-2.0
//
// Models to and from files, streams and bytes in memory.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Saving : public ::testing::Test {
 protected:
  Saving() { model.fit(data, {.epochs = 2}); }

  /// Fails unless `loaded` has the weights, the loss and the predictions of the model.
  void expect_same(const Model& loaded) const {
    EXPECT_EQ(weights_of(loaded), weights_of(model));
    EXPECT_EQ(loaded.compiled().loss, model.compiled().loss);
    EXPECT_EQ(loaded.classes(), model.classes());
    EXPECT_EQ(loaded.evaluate(data).loss, model.evaluate(data).loss);
  }

  const Dataset data = read_example(examples()[2]);
  Model model = compiled_model(examples()[2], data);
  const TemporaryDirectory folder;
};

TEST_F(Saving, OnnxBytesAndStreamsAreThoseOfTheFile) {
  model.export_onnx(folder.file("m.onnx"));
  const std::string file = read_text(folder.file("m.onnx"));
  EXPECT_EQ(text_of(model.onnx_bytes()), file);
  std::ostringstream stream;
  model.export_onnx(stream);
  EXPECT_EQ(stream.str(), file);
}

TEST_F(Saving, AnOnnxModelComesBackFromBytesAndStreams) {
  const std::vector<std::byte> bytes = model.onnx_bytes();
  expect_same(Model::load_onnx(bytes));
  std::istringstream stream(text_of(bytes));
  expect_same(Model::load_onnx(stream));
}

TEST_F(Saving, CheckpointBytesAndStreamsAreThoseOfTheFile) {
  model.save_checkpoint(folder.file("c"));
  const std::string file = read_text(folder.file("c"));
  EXPECT_EQ(text_of(model.checkpoint_bytes()), file);
  std::ostringstream stream;
  model.save_checkpoint(stream);
  EXPECT_EQ(stream.str(), file);
}

TEST_F(Saving, ACheckpointComesBackFromFilesBytesAndStreams) {
  model.save_checkpoint(folder.file("c"));
  expect_same(Model::load_checkpoint(folder.file("c")));
  expect_same(Model::load_checkpoint(model.checkpoint_bytes()));
  std::istringstream stream(read_text(folder.file("c")));
  expect_same(Model::load_checkpoint(stream));
}

TEST_F(Saving, ACheckpointWithoutARunCannotBeResumed) {
  model.save_checkpoint(folder.file("c"));
  expect_error(ErrorKind::usage, {"holds a model without its run"},
               [&] { return model.fit(data, {.checkpoint = folder.file("c"), .resume = true}); });
}

TEST_F(Saving, AModelWithoutWeightsIsRefused) {
  const Model unbuilt{Dense{.units = 2}};
  std::ostringstream stream;
  expect_error(ErrorKind::usage, {"build"}, [&] { return unbuilt.onnx_bytes(); });
  expect_error(ErrorKind::usage, {"build"}, [&] { return unbuilt.export_onnx(stream), 0; });
  expect_error(ErrorKind::usage, {"build"}, [&] { return unbuilt.checkpoint_bytes(); });
  expect_error(ErrorKind::usage, {"build"}, [&] { return unbuilt.save_checkpoint(stream), 0; });
  EXPECT_EQ(stream.str(), "");
}

TEST_F(Saving, FailingStreamsAreTheEnvironments) {
  std::ofstream out(folder.file("missing/m.onnx"));
  expect_error(ErrorKind::environment, {"[export_onnx] the stream does not take"},
               [&] { return model.export_onnx(out), 0; });
  expect_error(ErrorKind::environment, {"[save_checkpoint] the stream does not take"},
               [&] { return model.save_checkpoint(out), 0; });
  std::ifstream in(folder.file("missing"));
  expect_error(ErrorKind::environment, {"[load_onnx] the stream cannot be read"}, [&] { return Model::load_onnx(in); });
  expect_error(ErrorKind::environment, {"[load_checkpoint] the stream cannot be read"},
               [&] { return Model::load_checkpoint(in); });
}

TEST_F(Saving, BytesOfSomethingElseAreBadData) {
  const std::vector<std::byte> none;
  const std::vector<std::byte> onnx = model.onnx_bytes(), checkpoint = model.checkpoint_bytes();
  expect_error(ErrorKind::data, {"'memory' is not an ONNX model"}, [&] { return Model::load_onnx(none); });
  expect_error(ErrorKind::data, {"'memory' is not an ONNX model"}, [&] { return Model::load_onnx(checkpoint); });
  expect_error(ErrorKind::data, {"'memory' has 0 bytes"}, [&] { return Model::load_checkpoint(none); });
  expect_error(ErrorKind::data, {"'memory' "}, [&] { return Model::load_checkpoint(onnx); });
  std::istringstream cut(text_of(checkpoint).substr(0, 100));
  expect_error(ErrorKind::data, {"'stream' "}, [&] { return Model::load_checkpoint(cut); });
}

}  // namespace
}  // namespace millrace::test
