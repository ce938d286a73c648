// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>

#include "model/models.hpp"
#include "store/tensor_file.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

class Resume : public ::testing::TestWithParam<Example> {
 protected:
  Dataset data = read_example(GetParam());
  TemporaryDirectory folder;
  std::string checkpoint = folder.file("run.safetensors");
  FitOptions options{.epochs = 6, .batch_size = 48, .validation_split = 0.1, .seed = 5, .threads = 2};
};

TEST_P(Resume, EndsWithTheBitsOfTheUninterruptedRun) {
  Model whole = compiled_model(GetParam(), data);
  const History expected = whole.fit(data, options);

  // Stopped within an epoch, after every number of finished epochs.
  for (std::int64_t epochs = 0; epochs < 5; ++epochs) {
    std::filesystem::remove(checkpoint);
    std::atomic<bool> stop{epochs == 0};
    FitOptions interrupted = options;
    interrupted.checkpoint = checkpoint;
    interrupted.stop = &stop;
    interrupted.on_epoch = [&](const Epoch& epoch) { stop = epoch.number == epochs; };
    Model first = compiled_model(GetParam(), data);
    EXPECT_THROW(static_cast<void>(first.fit(data, interrupted)), Error);

    FitOptions resumed = options;
    resumed.checkpoint = checkpoint;
    resumed.resume = true;
    resumed.threads = 1;
    Model second = compiled_model(GetParam(), data);
    const History history = second.fit(data, resumed);
    EXPECT_EQ(weights_of(second), weights_of(whole)) << "stopped after " << epochs << " epochs";
    ASSERT_EQ(history.epochs.size(), expected.epochs.size());
    for (std::size_t e = 0; e < history.epochs.size(); ++e) {
      EXPECT_EQ(history.epochs[e].loss, expected.epochs[e].loss);
      EXPECT_EQ(history.epochs[e].metrics, expected.epochs[e].metrics);
      EXPECT_EQ(history.epochs[e].validation.loss, expected.epochs[e].validation.loss);
    }
  }
}

TEST_P(Resume, GoesOnWhenMoreEpochsAreAsked) {
  FitOptions some = options;
  some.epochs = 3;
  some.checkpoint = checkpoint;
  compiled_model(GetParam(), data).fit(data, some);
  FitOptions all = options;
  all.checkpoint = checkpoint;
  all.resume = true;
  Model resumed = compiled_model(GetParam(), data), whole = compiled_model(GetParam(), data);
  resumed.fit(data, all);
  whole.fit(data, options);
  EXPECT_EQ(weights_of(resumed), weights_of(whole));
}

INSTANTIATE_TEST_SUITE_P(Tables, Resume, ::testing::ValuesIn(examples()),
                         [](const auto& value) { return value.param.name; });

TEST(Checkpoint, HoldsTheModel) {
  const Example example = examples()[2];
  const Dataset data = read_example(example);
  const TemporaryDirectory folder;
  Model model = compiled_model(example, data);
  model.fit(data, {.epochs = 2, .checkpoint = folder.file("c")});
  Model loaded = Model::load_checkpoint(folder.file("c"));
  EXPECT_EQ(weights_of(loaded), weights_of(model));
  EXPECT_EQ(loaded.feature_names(), model.feature_names());
  EXPECT_EQ(loaded.classes(), (std::vector<std::string>{"benign", "malignant"}));
  const Matrix a = model.predict(data), b = loaded.predict(data);
  for (std::int64_t r = 0; r < a.rows(); ++r) ASSERT_EQ(*a.row(r), *b.row(r));
  EXPECT_EQ(loaded.evaluate(data).loss, model.evaluate(data).loss);
}

// A table made by hand may have names in any encoding.
TEST(Checkpoint, RefusesNamesThatAreNotUtf8) {
  const Example example = examples()[2];
  const TemporaryDirectory folder;
  const auto refuses = [&](std::vector<std::string> Dataset::*names, std::size_t index, const std::string& what) {
    Dataset data = read_example(example);
    (data.*names)[index] = "gr\xF6n";
    Model model(example.layers);
    model.compile({.loss = example.loss});
    expect_error(ErrorKind::usage, {"[fit] " + what + " is not UTF-8 text"}, [&] { return model.fit(data); });
  };
  refuses(&Dataset::feature_names, 2, "the name of feature column 3");
  refuses(&Dataset::target_names, 0, "the name of target column 1");
  refuses(&Dataset::classes, 1, "the name of class 2");

  const Dataset data = read_example(example);
  Model model((input("all", data.feature_names) | Dense{.units = 1, .activation = "sigmoid"}).named("gr\xF6n"));
  model.build(data).compile({.loss = BinaryCrossentropy{}});
  expect_error(ErrorKind::usage, {"the name of layer 'gr?n'"}, [&] { return model.export_onnx(folder.file("m")), 0; });

  Model two(example.layers);
  two.compile({.loss = example.loss});
  const std::string file = folder.file("run.safetensors");
  expect_error(ErrorKind::usage, {"[fit] start is not UTF-8"},
               [&] { return two.fit(data, {.checkpoint = file, .start = "gr\xF6n"}); });
  expect_error(ErrorKind::usage, {"[fit] a text in about is not UTF-8"}, [&] {
    return two.fit(data, {.checkpoint = file, .about = {{"command", "gr\xF6n"}}});
  });
}

TEST(Checkpoint, IsRefusedForAnotherRun) {
  const Example example = examples()[0];
  const Dataset data = read_example(example);
  const TemporaryDirectory folder;
  const FitOptions options{.epochs = 1, .seed = 1, .checkpoint = folder.file("c"), .resume = true};
  compiled_model(example, data).fit(data, options);
  const auto again = [&](const Example& other, FitOptions changed) {
    return [&, other, changed] { static_cast<void>(compiled_model(other, data).fit(data, changed)); };
  };
  FitOptions changed = options;
  changed.seed = 2;
  expect_error(ErrorKind::usage, {"belongs to another run", "seed (1 in the checkpoint, 2 now)"},
               again(example, changed));
  changed = options;
  changed.batch_size = 16;
  expect_error(ErrorKind::usage, {"batch size (32 in the checkpoint, 16 now)"}, again(example, changed));
  changed = options;
  changed.validation_split = 0.5;
  expect_error(ErrorKind::usage, {"training rows"}, again(example, changed));
  Model raw(example.layers);
  raw.compile({.optimizer = Adam{}, .loss = example.loss, .metrics = {"accuracy"}});
  expect_error(ErrorKind::usage, {"training rows' scale", "\"none\" now"}, [&] { raw.fit(data, options); });
  Example other = example;
  other.layers[0] = Dense{.units = 24, .activation = "sigmoid"};
  expect_error(ErrorKind::usage, {"model", "layers"}, again(other, options));
}

TEST(Checkpoint, IsRefusedWhenDamaged) {
  const Example example = examples()[0];
  const Dataset data = read_example(example);
  const TemporaryDirectory folder;
  const std::string path = folder.file("c");
  compiled_model(example, data).fit(data, {.epochs = 1, .checkpoint = path});
  std::string bytes = read_text(path);
  bytes[bytes.size() - 5] = static_cast<char>(bytes[bytes.size() - 5] ^ 1);
  write_text(path, bytes);
  expect_error(ErrorKind::data, {path, "checksum"}, [&] { static_cast<void>(Model::load_checkpoint(path)); });
  write_text(path, bytes.substr(0, bytes.size() / 2));
  expect_error(ErrorKind::data, {path}, [&] { static_cast<void>(Model::load_checkpoint(path)); });
  expect_error(ErrorKind::data, {"nowhere"},
               [&] { static_cast<void>(Model::load_checkpoint(folder.file("nowhere"))); });
}

// A checkpoint of an untrained model after `change` of its file.
std::string changed_checkpoint(const TemporaryDirectory& folder, const std::function<void(TensorFile&)>& change) {
  Model model{Dense{.units = 2}};
  model.build(3);
  model.save_checkpoint(folder.file("c"));
  TensorFile file = read_tensor_file(folder.file("c"));
  change(file);
  write_tensor_file(folder.file("c"), file);
  return folder.file("c");
}

TEST(Checkpoint, IsAnOrdinarySafetensorsFileWithTheFormatUnderAKeyOfItsOwn) {
  const TemporaryDirectory folder;
  const std::string path = changed_checkpoint(folder, [](TensorFile& file) {
    EXPECT_EQ(file.metadata.at("format"), "pt");
    EXPECT_EQ(file.metadata.at("millrace.checkpoint"), "2");
  });
  EXPECT_NO_THROW((void)Model::load_checkpoint(path));
}

TEST(Checkpoint, OfVersion01IsRead) {
  const TemporaryDirectory folder;
  const std::string path = changed_checkpoint(folder, [](TensorFile& file) {
    file.metadata.at("format") = "millrace checkpoint 1";
    file.metadata.erase("millrace.checkpoint");
  });
  EXPECT_NO_THROW((void)Model::load_checkpoint(path));
}

TEST(Checkpoint, OfALaterFormatIsRefusedByName) {
  const TemporaryDirectory folder;
  const std::string path =
      changed_checkpoint(folder, [](TensorFile& file) { file.metadata.at("millrace.checkpoint") = "3"; });
  expect_error(ErrorKind::data, {"[" + path + "] the checkpoint has format '3', expected at most 2"},
               [&] { return Model::load_checkpoint(path); });
}

TEST(Checkpoint, OfAnotherProgramIsRefusedByItsMissingMetadata) {
  const TemporaryDirectory folder;
  const std::string path =
      changed_checkpoint(folder, [](TensorFile& file) { file.metadata.erase("millrace.checkpoint"); });
  expect_error(ErrorKind::data, {"the metadata have no 'millrace.checkpoint', expected a checkpoint"},
               [&] { return Model::load_checkpoint(path); });
}

}  // namespace
}  // namespace millrace::test
