// SPDX-License-Identifier: Apache-2.0
//
// Files that are models or checkpoints, or only look like it.
#include "cli/cli.hpp"
#include "export/onnx_file.hpp"

namespace millrace::test {

namespace {

class ModelFiles : public Cli {
 protected:
  ModelFiles() {
    write_two_classes("t.csv");
    run_well(train_two + Words{"--epochs", "2", "--optimizer", "sgd", "--loss.label-smoothing", "0.1"});
    std::filesystem::rename(folder.file("out"), folder.file("run"));
  }
  void refused_by_all(const std::string& file, const Words& parts) const {
    refuses({"predict", file, "--data", "t.csv", "--out", "p.csv"}, 3, parts);
    refuses({"evaluate", file, "--data", "t.csv"}, 3, parts);
    refuses({"inspect", file}, 3, parts);
    refuses(train_two + Words{"--init", file}, 3, parts);
  }
};

TEST_F(ModelFiles, AreRefusedIfTheyHoldNoModel) {
  refused_by_all("missing.onnx", {"missing.onnx"});
  write("empty.onnx", "");
  refused_by_all("empty.onnx", {"empty.onnx"});
  write("text.onnx", "This is no model, but it is long enough to be mistaken for one.\n");
  refused_by_all("text.onnx", {"text.onnx"});
  const std::string whole = read("run/model.onnx");
  for (const std::size_t size : {std::size_t{8}, whole.size() / 2, whole.size() - 1}) {
    write("cut.onnx", whole.substr(0, size));
    refused_by_all("cut.onnx", {"cut.onnx"});
  }
}

TEST_F(ModelFiles, AreRefusedIfAnotherProgramWroteThem) {
  PlainGraph graph;
  graph.inputs.push_back({"x", {2}});
  graph.add("Erf", "y", {"x"});
  graph.outputs.push_back({"y", {2}});
  write_onnx(graph, folder.file("other.onnx"));
  refused_by_all("other.onnx", {"other.onnx"});
}

// The message says what the file is, and the way to a model.
TEST_F(ModelFiles, OfOtherFormatsAreNamed) {
  write("m.pt", std::string("PK\x03\x04\x14\0\0\0archive/data.pkl", 24));
  refused_by_all("m.pt", {"'m.pt' is not an ONNX model, expected one: it is a PyTorch file", "torch.onnx.export"});
  write("m.h5", std::string("\x89HDF\r\n\x1a\n\0\0\0\0", 12));
  refused_by_all("m.h5", {"HDF5", "model.export"});
  write("m.txt", "tree\nversion=v4\n");
  refused_by_all("m.txt", {"LightGBM"});
  refused_by_all("t.csv", {"a table or another text", "--data"});
}

// Weights of another library have no network, and the message says how they get one.
TEST_F(ModelFiles, WithWeightsOnlyAreRefusedWithTheCommandThatTakesThem) {
  std::string header =
      R"({"__metadata__":{"format":"pt"},"fc1.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
      R"("fc1.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  bytes[1] = static_cast<char>(header.size() >> 8U);
  write("w.safetensors", bytes + header + std::string(12, '\0'));
  const Words parts{"'w.safetensors' holds weights of another program", "millrace train --init w.safetensors --layers"};
  refuses({"predict", "w.safetensors", "--data", "t.csv", "--out", "p.csv"}, 3, parts);
  refuses({"evaluate", "w.safetensors", "--data", "t.csv"}, 3, parts);
  refuses({"inspect", "w.safetensors"}, 3, parts);
  refuses({"export", "w.safetensors", "--out", "p.onnx"}, 3, parts);
  refuses({"verify", "run/model.onnx", "--against", "w.safetensors", "--data", "t.csv"}, 3, parts);
  run_well({"train", "--init", "w.safetensors", "--layers", "1:sigmoid", "--loss", "binary_crossentropy", "--data",
            "t.csv", "--target", "label", "--epochs", "0", "--out", "new"});
}

TEST_F(ModelFiles, AreToldApartByTheirContent) {
  refuses({"predict", "run/checkpoint.safetensors", "--data", "t.csv", "--out", "p.csv"}, 3,
          {"is a checkpoint", "millrace export"});
  EXPECT_EQ(run_well({"export", "run/model.onnx", "--out", "new.onnx"}).out, "wrote new.onnx\n");
  refuses({"export", "missing", "--out", "new.onnx"}, 3, {"missing"});
  std::string damaged = read("run/checkpoint.safetensors");
  damaged[damaged.size() - 10] ^= 1;
  write("damaged.safetensors", damaged);
  refuses({"export", "damaged.safetensors", "--out", "new.onnx"}, 3, {"damaged.safetensors"});
  refuses({"inspect", "damaged.safetensors"}, 3, {"damaged.safetensors"});
}

TEST_F(ModelFiles, OfExportEqualTheModelOfTheRun) {
  EXPECT_EQ(run_well({"export", "run/checkpoint.safetensors", "--out", "e.onnx"}).out, "wrote e.onnx\n");
  EXPECT_EQ(read("e.onnx"), read("run/model.onnx"));
  refuses({"export", "run/checkpoint.safetensors", "--out", "nowhere/e.onnx"}, 2, {"nowhere/e.onnx"});
}

TEST_F(ModelFiles, AreNotPlannedForBatchesBeyondTheMemory) {
  for (const char* batch : {"9223372036854775807", "1000000000000"}) {
    refuses({"inspect", "run/model.onnx", "--plan", "--batch", batch}, 2,
            {"[plan] a batch of " + std::string(batch) + " rows of 7 numbers each", "expected at most 157073089682"});
  }
}

TEST_F(ModelFiles, AreDescribedByInspect) {
  const std::string model = run_well({"inspect", "run/model.onnx"}).out;
  for (const char* word : {"an ONNX model", "dense_1", "2 columns, standardised: a, b", "label", "no, yes",
                           "binary_crossentropy:label_smoothing=0.1", "sgd", "accuracy"}) {
    EXPECT_NE(model.find(word), std::string::npos) << word << " in " << model;
  }
  EXPECT_EQ(model.find("updates"), std::string::npos);
  const std::string checkpoint = run_well({"inspect", "run/checkpoint.safetensors", "--plan", "--batch", "16"}).out;
  for (const char* word : {"a checkpoint", "2 epochs and 0 steps done, 4 updates", "batch 16"})
    EXPECT_NE(checkpoint.find(word), std::string::npos) << word;
}

TEST_F(ModelFiles, HaveAPlanInThePrecisionOfTheirRun) {
  run_well({"train", "--data", "t.csv", "--target", "label", "--layers", "256:tanh,128:tanh,1:sigmoid", "--precision",
            "mixed_bfloat16", "--epochs", "1", "--out", "out"});
  const auto is_rounded = [this](const Words& words) {
    return run_well(Words{"inspect"} + words + Words{"--plan"}).out.find("products bf16") != std::string::npos;
  };
  EXPECT_TRUE(is_rounded({"out/checkpoint.safetensors"}));
  EXPECT_FALSE(is_rounded({"out/checkpoint.safetensors", "--precision", "fp32"}));
  EXPECT_FALSE(is_rounded({"out/model.onnx"})) << "a model does not say how it was trained";
  EXPECT_TRUE(is_rounded({"out/model.onnx", "--precision", "mixed_bfloat16"}));
  refuses({"inspect", "out/model.onnx", "--plan", "--precision", "bf16"}, 2, {"bf16", "mixed_bfloat16"});
}

TEST_F(ModelFiles, AreDescribedByInspectAsJson) {
  const nlohmann::json model = json_of({"inspect", "run/model.onnx", "--json"});
  EXPECT_EQ(model.at("kind"), "model");
  EXPECT_EQ(model.at("inputs"), 2);
  EXPECT_EQ(model.at("outputs"), 1);
  EXPECT_EQ(model.at("parameters"), 17);
  EXPECT_EQ(model.at("features"), (Words{"a", "b"}));
  EXPECT_EQ(model.at("targets"), (Words{"label"}));
  EXPECT_EQ(model.at("classes"), (Words{"no", "yes"}));
  EXPECT_EQ(model.at("layers")[0].at("layer"), "dense:units=4:activation=tanh");
  EXPECT_FALSE(model.contains("run") || model.contains("plan"));
  const nlohmann::json checkpoint = json_of({"inspect", "run/checkpoint.safetensors", "--json", "--plan"});
  EXPECT_EQ(checkpoint.at("kind"), "checkpoint");
  for (const auto& [name, value] : {std::pair("epoch", 2), {"step", 0}, {"updates", 4}})
    EXPECT_EQ(checkpoint.at("run").at(name), value) << name;
  EXPECT_NE(checkpoint.at("plan").get<std::string>().find("batch 32"), std::string::npos);
}

}  // namespace

}  // namespace millrace::test
