// SPDX-License-Identifier: Apache-2.0
//
// Flags that contradict each other, or need another one: each pair is refused before anything is read or written, with
// both names and what to type instead.
#include "cli/cli.hpp"

namespace millrace::test {
namespace {

class Contradictions : public Cli {
 protected:
  void SetUp() override { write_numbers("t.csv"); }
  void refuses_flags(const Words& flags, const Words& parts) {
    std::string shown;
    for (const std::string& flag : flags) shown += flag + " ";
    SCOPED_TRACE(shown);
    refuses(train + flags, 2, parts);
  }
  const Words train{"train", "--data", "t.csv", "--target", "label", "--layers", "4:tanh,1:sigmoid", "--out", "out"};
};

TEST_F(Contradictions, OfARunAndTheOneBefore) {
  refuses(
      {"train", "--data", "t.csv", "--target", "label", "--out", "out", "--overwrite", "--resume"}, 2,
      {"[train] --resume and --overwrite contradict each other", "continues the run in DIR", "expected one of them"});
  refuses_flags({"--change"}, {"--change says how to resume a run, expected --resume too"});
  refuses_flags({"--allow-other-bits"}, {"--allow-other-bits says how to resume a run, expected --resume too"});
  refuses_flags({"--dry-run", "--find-learning-rate"}, {"--dry-run and --find-learning-rate", "expected one of them"});
  // A switch that is off contradicts nothing.
  run_well(train + Words{"--overwrite", "false", "--resume", "--quiet"});
}

TEST_F(Contradictions, OfTheSplit) {
  refuses_flags({"--group", "a", "--time", "b", "--validation", "0.2"},
                {"--group and --time both say how", "one of them"});
  refuses_flags({"--group", "a", "--split", "last", "--validation", "0.2"}, {"--group and --split last both say how"});
  refuses_flags({"--time", "a", "--split", "random", "--validation", "0.2"},
                {"--time and --split random both say how"});
  refuses_flags({"--split", "time", "--validation", "0.2"}, {"--split time", "expected --time COLUMN too"});
  for (const char* const way : {"last", "stratified", "random"})
    refuses_flags({"--split", way}, {"--split: no rows are held out, expected --validation FRACTION too"});
  refuses_flags({"--split", "random", "--validation", "0"}, {"--split: no rows are held out"});
  refuses_flags({"--split", "random", "--validation", "v.csv"},
                {"--split: the rows to hold out are those of --validation 'v.csv'", "or no --split"});
  refuses_flags({"--members", "2", "--validation", "folds", "--split", "last"},
                {"--validation folds and --split last contradict each other"});
}

TEST_F(Contradictions, OfTheTask) {
  refuses_flags({"--task", "regression", "--classes", "0,1"}, {"--task regression and --classes", "has no classes"});
  refuses_flags({"--task", "regression", "--class-weight", "balanced"}, {"--task regression and --class-weight"});
  refuses_flags({"--task", "classification", "--scale-target", "log1p"},
                {"--task classification and --scale-target log1p"});
  refuses_flags({"--task", "classification", "--loss", "mse"},
                {"--task: classification, and mean_squared_error takes numbers", "cross-entropy", "--task regression"});
  refuses_flags({"--scale-target", "standard"}, {"binary_crossentropy", "a loss of numbers, or no scale"});
}

TEST_F(Contradictions, OfKernelsAndOpsets) {
  refuses_flags({"--kernels", "portable", "--gemm", "openblas"}, {"--kernels portable and --gemm openblas"});
  run_well(train + Words{"--overwrite", "--quiet", "--kernels", "portable", "--gemm", "auto"});
  refuses({"train", "--data", "t.csv", "--target", "label", "--out", "new", "--opset", "13", "--ort", "1.10"}, 2,
          {"--opset and --ort both choose the opset, expected one of them"});
}

TEST_F(Contradictions, OfAnOptionThatIsGivenTwice) {
  refuses_flags(
      {"--optimizer", "adam:learning_rate=0.2", "--learning-rate", "0.1"},
      {"[train] --learning-rate: --optimizer 'adam:learning_rate=0.2' sets learning_rate too", "one of them"});
  refuses_flags({"--optimizer", "sgd:0.2", "--optimizer.learning-rate", "0.1"}, {"'sgd:0.2' sets learning_rate too"});
  refuses_flags({"--loss", "binary_crossentropy:label_smoothing=0.1", "--loss.label-smoothing", "0.2"},
                {"sets label_smoothing too"});
  // Flags of the command line win over the file.
  write("run.toml", "optimizer = \"adam:learning_rate=0.2\"\n");
  run_well(train + Words{"--config", "run.toml", "--learning-rate", "0.125", "--quiet"});
  EXPECT_EQ(json_of({"inspect", "out/model.onnx", "--json"}).at("optimizer"), "adam:learning_rate=0.125");
}

TEST_F(Contradictions, OfOptionsThatNeedAnother) {
  refuses_flags({"--optimizer.ema-momentum", "0.9"},
                {"--optimizer.ema-momentum: the weights are not averaged, expected --optimizer.use-ema too"});
  refuses_flags({"--optimizer", "sgd:ema_momentum=0.9"},
                {"--optimizer: ema_momentum: the weights are not averaged, expected --optimizer.use-ema too"});
  refuses_flags({"--schedule.warmup-start", "0.5"},
                {"--schedule.warmup-start: there is no warm-up, expected --schedule.warmup too"});
  run_well(train + Words{"--quiet", "--optimizer", "adam:use_ema=true", "--optimizer.ema-momentum", "0.9"});
  run_well(train + Words{"--quiet", "--overwrite", "--schedule.warmup", "2", "--schedule.warmup-start", "0.5"});
  const ProcessResult other = run(train + Words{"--optimizer", "adam", "--optimizer.momentum", "0.9"});
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("unknown option 'momentum'"), std::string::npos) << other.err;
  EXPECT_EQ(other.err.find("ema_momentum"), std::string::npos) << other.err;
}

TEST_F(Contradictions, OfFilesOfTheRun) {
  refuses_flags({"--json-log.path", "out/run.toml"},
                {"json_log is 'out/run.toml', the file of the run's settings, expected another file"});
}

TEST_F(Contradictions, OfColumns) {
  refuses_flags({"--features", "a,a"}, {"--features: 'a' is given twice, expected different columns"});
  refuses_flags({"--target", "label,label"}, {"--target: 'label' is given twice"});
  refuses_flags({"--features", "a,label"}, {"--features: column 'label' is the target by --target"});
  refuses_flags({"--features", "a", "--ignore", "b,a"}, {"--ignore: column 'a' is a feature by --features"});
  refuses_flags({"--ignore", "label"}, {"--ignore: column 'label' is the target", "or --target without it"});
  refuses_flags({"--sample-weight", "label"}, {"--sample-weight: column 'label' is the target by --target"});
  refuses_flags({"--features", "a", "--sample-weight", "a"}, {"--sample-weight: column 'a' is a feature"});
  refuses_flags({"--group", "label", "--validation", "0.2"}, {"--group: column 'label' is the target"});
  refuses_flags({"--time", "label", "--validation", "0.2"}, {"--time: column 'label' is the target by --target"});
  run_well(train + Words{"--quiet", "--time", "b", "--features", "a,b", "--validation", "0.2"});
  run_well(train + Words{"--quiet", "--ignore", "b", "--ignore", "b", "--overwrite"});
}

// They may also stand in the configuration file, or one of them there: the message says where.
TEST_F(Contradictions, OfAFile) {
  write("run.toml", "resume = true\noverwrite = true\n");
  refuses_flags({"--config", "run.toml"}, {"[run.toml] line 1", "resume and overwrite contradict each other"});
  write("run.toml", "split = \"random\"\nvalidation = 0.2\n");
  refuses_flags({"--config", "run.toml", "--time", "a"}, {"[run.toml] line 1", "--time and split = \"random\""});
}

TEST_F(Contradictions, OfAThreshold) {
  const auto refuses_threshold = [&](const Words& flags, const std::string& threshold, const Words& parts) {
    refuses(Words{"train", "--data", "t.csv", "--out", "out", "--quiet", "--threshold", threshold} + flags, 2, parts);
  };
  const Words label{"--target", "label"};
  refuses_threshold({"--target", "a", "--layers", "4:relu,1"}, "0.5",
                    {"--threshold for a model that predicts numbers"});
  refuses_threshold(label + Words{"--layers", "2:softmax"}, "0.5", {"2 outputs, of which the largest is the answer"});
  for (const char* const outside : {"7", "-0.1", "1.5"})
    refuses_threshold(label + Words{"--layers", "1:sigmoid"}, outside,
                      {"--threshold is " + std::string(outside), "expected a number from 0 to 1"});
  run_well(train + Words{"--layers", "4:tanh,1", "--threshold", "7", "--quiet"});  // logits have no bounds
  refuses({"export", "out/checkpoint.safetensors", "--out", "m.onnx", "--threshold", "nan"}, 2,
          {"--threshold is nan, expected a finite number"});
  run_well(train + Words{"--quiet", "--overwrite"});
  const std::string text = "expected a number from 0 to 1";
  refuses({"export", "out/checkpoint.safetensors", "--out", "m.onnx", "--threshold", "7"}, 2, {text});
  refuses({"evaluate", "out/model.onnx", "--data", "t.csv", "--threshold", "7"}, 2, {"[evaluate]", text});
  refuses({"predict", "out/model.onnx", "--data", "t.csv", "--out", "p.csv", "--threshold", "7"}, 2,
          {"[predict]", text});
}

TEST_F(Contradictions, OfOtherCommands) {
  run_well(train + Words{"--quiet"});
  const Words predict{"predict", "out/model.onnx", "--data", "t.csv"},
      checkpoint{"export", "out/checkpoint.safetensors"};
  refuses(predict + Words{"--out", "-", "--json"}, 2, {"--out - and --json both write to stdout"});
  refuses(predict + Words{"--out", "p.csv", "--unread", "-", "--json"}, 2,
          {"--unread - and --json both write to stdout"});
  refuses(predict + Words{"--out", "p.csv", "--unread", "u.csv", "--strict"}, 2,
          {"--strict and --unread", "one of them"});
  refuses(checkpoint + Words{"--out", "m.onnx", "--int8", "--fp16", "--data", "t.csv"}, 2, {"--int8 and --fp16 both"});
  refuses(checkpoint + Words{"--out", "m.onnx", "--fp16", "--sidecar", "s.json"}, 2, {"--sidecar and --fp16"});
  refuses(checkpoint + Words{"--out", "m.onnx", "--dynamic"}, 2, {"--dynamic is about 8 bits, expected --int8 too"});
  refuses(checkpoint + Words{"--out", "m.onnx", "--seed", "1"}, 2, {"--seed", "expected --int8 or --fp16 too"});
  refuses(checkpoint + Words{"--out", "m.onnx", "--delimiter", ";"}, 2,
          {"--delimiter is about smaller numbers, expected --int8 or --fp16 too"});
  refuses(checkpoint + Words{"--out", "m.onnx", "--fp16", "--no-header"}, 2,
          {"--no-header is about rows to measure on, expected --data"});
  refuses({"evaluate", "out/model.onnx", "--data", "t.csv", "--seed", "3"}, 2,
          {"--seed is about the importance of columns, expected --importance too"});
  refuses({"report", "out", "--seconds", "3"}, 2, {"--seconds is about rows to measure on, expected --data"});
  refuses({"report", "out", "--target", "label"}, 2, {"--target is about rows to measure on, expected --data"});
  refuses({"report", "out", "--data", "t.csv", "--seconds", "-1"}, 2,
          {"--seconds is -1, expected a number of 0 or more"});
}

}  // namespace
}  // namespace millrace::test
