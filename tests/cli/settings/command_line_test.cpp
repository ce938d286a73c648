// SPDX-License-Identifier: Apache-2.0
//
// Unknown commands, flags and values: exit code 2, and the most similar known ones.
#include <algorithm>
#include <chrono>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Usage : public Cli {
 protected:
  Usage() { write_numbers("t.csv"); }
};

TEST_F(Usage, RefusesUnknownCommandsAndFlags) {
  refuses({}, 2,
          {"no command, expected one of: train, evaluate, predict, export, inspect, report, compare, "
           "replay, schema, verify, completion, manual"});
  refuses({"trian"}, 2, {"unknown command 'trian'", "did you mean 'train'"});
  refuses({"--versoin"}, 2, {"unknown flag '--versoin'", "did you mean '--version'"});
  refuses(train_two + Words{"--epoch", "3"}, 2,
          {"[train] unknown flag '--epoch', did you mean '--epochs'? known: --help, --data"});
  refuses(train_two + Words{"--optimiser=sgd"}, 2, {"unknown flag '--optimiser'", "did you mean '--optimizer'"});
  refuses(train_two + Words{"--layer.units", "3"}, 2, {"unknown flag '--layer.units'"});
  refuses(train_two + Words{"-e", "3"}, 2, {"unknown flag '-e'"});
  refuses(train_two + Words{"extra"}, 2, {"unexpected 'extra'"});
  refuses(train_two + Words{"--epochs"}, 2, {"[train] --epochs"});
  refuses({"predict"}, 2, {"no argument, expected MODEL.onnx"});
  refuses({"predict", "a.onnx", "b.onnx"}, 2, {"unexpected 'b.onnx'"});
  refuses({"evaluate", "a.onnx", "--optimizer.momentum", "1"}, 2, {"unknown flag '--optimizer.momentum'"});
  refuses({"inspect", "a.onnx", "--batch", "8"}, 2, {"--batch is part of the plan", "expected --plan"});
  refuses({"inspect", "a.onnx", "--precision", "fp32"}, 2, {"--precision is part of the plan", "expected --plan"});
}

TEST_F(Usage, NamesTheMissingFlag) {
  refuses({"train"}, 2, {"no --data"});
  refuses({"train", "--data", "t.csv"}, 2, {"no --out"});
  refuses({"train", "--data", "t.csv", "--out", "new"}, 2, {"no --target"});
  refuses({"predict", "m.onnx", "--data", "t.csv"}, 2, {"no --out"});
  refuses({"evaluate", "m.onnx"}, 2, {"no --data"});
  refuses({"export", "c.safetensors"}, 2, {"no --out"});
}

TEST_F(Usage, MessagesAreOnePrintableLineOfLimitedLength) {
  refuses(train_two + Words{"--target", "a\x1B[31mb\n\"c\""}, 2, {R"(--target is 'a\x1b[31mb\n"c"', expected names)"});
  refuses(train_two + Words{"--target", "\xFF\xFE"}, 2, {R"(unknown target column '\xff\xfe', known: a, b, label)"});
  refuses(train_two + Words{"--target", "\u00E9"}, 2, {"unknown target column '\u00E9', known: a, b, label"});
  const std::string name = std::string(1150, 'x') + std::string(3000, 'y') + "\u00E9" + std::string(50000, 'z');
  refuses(train_two + Words{"--target", name}, 2,
          {"unknown target column 'xx", "xxyy", " ... zz", "known: a, b, label"});
  EXPECT_LE(run(train_two + Words{"--target", name}).err.size(), 2006U);
}

TEST_F(Usage, RefusesDevices) {
  refuses(train_two + Words{"--config", "/dev/zero"}, 2, {"[config] /dev/zero is a device, expected a file or a pipe"});
  refuses(train_two + Words{"--data", "/dev/zero"}, 3, {"[csv] /dev/zero is a device, expected a file or a pipe"});
  refuses(train_two + Words{"--data", "/dev/null"}, 3, {"[csv] /dev/null is a device"});
}

TEST_F(Usage, RefusesClassesAndOptionsThatAreGivenTwice) {
  refuses(train_two + Words{"--class-weight", "0=1,0=2"}, 2, {"'0' is given twice, expected it once"});
  refuses(train_two + Words{"--layers", "4:tanh:units=5,1"}, 2, {"option units is given twice", "expected it once"});
}

TEST_F(Usage, OffersTheLikelyWordFirst) {
  refuses(train_two + Words{"--lr", "0.1"}, 2, {"unknown flag '--lr', did you mean '--learning-rate'?"});
  refuses(train_two + Words{"--loss", "crossentropy"}, 2,
          {"unknown loss 'crossentropy', did you mean 'binary_crossentropy', 'categorical_crossentropy' or '"});
  refuses(train_two + Words{"--early-stopping", "10"}, 2,
          {"unexpected '10' after --early-stopping, which takes no value; did you mean --early-stopping.patience 10?"});
  refuses(train_two + Words{"--plateau", "0.5"}, 2, {"did you mean --plateau.factor 0.5?"});
  refuses(train_two + Words{"--json-log", "a.jsonl"}, 2, {"did you mean --json-log.path a.jsonl?"});
}

TEST_F(Usage, SaysWhatAStrayWordWasLikelyMeantAs) {
  refuses({"train", "--data", "t.csv", "--target", "label", "--out", "new", "--layers", "8:relu", "1:sigmoid"}, 2,
          {"unexpected '1:sigmoid', expected a list with commas: --layers 8:relu,1:sigmoid"});
  refuses(train_two + Words{"--metrics", "accuracy", "f1", "--quiet"}, 2,
          {"unexpected 'f1', expected a list with commas: --metrics accuracy,f1"});
  for (const char* const command : {"schema", "train"})
    refuses({command, "t.csv"}, 2, {"unexpected 't.csv', expected --data t.csv"});
  refuses({"predict", "m.onnx", "t.csv"}, 2, {"unexpected 't.csv', expected --data t.csv"});
  refuses({"schema", "--data", "t.csv", "u.csv"}, 2,
          {"unexpected 'u.csv', expected one file; a pattern in quotes reads several: --data 'part-*.csv'"});
  refuses({"predict", "--model", "m.onnx", "--data", "t.csv"}, 2,
          {"unknown flag '--model', expected MODEL.onnx without a flag: millrace predict MODEL.onnx"});
  refuses(train_two + Words{"--hosts", "3"}, 2,
          {"--hosts is 3, expected names of hosts, not their number: a,b; processes of this machine: localhost:3"});
}

TEST_F(Usage, NamesTheFlagThatHasNoValue) {
  refuses(train_two + Words{"--epochs"}, 2, {"[train] --epochs has no value, expected N"});
  refuses(train_two + Words{"--epochs", "--quiet"}, 2, {"[train] --epochs has no value, expected N"});
  refuses(train_two + Words{"--learning-rate"}, 2, {"[train] --learning-rate has no value, expected RATE"});
  refuses({"schema", "--data"}, 2, {"[schema] --data has no value, expected FILE"});
}

// Options of operations are saved in the model, as UTF-8.
TEST_F(Usage, RefusesOptionsThatAreNotUtf8) {
  refuses(train_two + Words{"--layers", "4,prelu:true:\xff,1:sigmoid"}, 2,
          {"--layers is '4,prelu:true:\\xff,1:sigmoid'", "UTF-8"});
  refuses(train_two + Words{"--best.monitor", "lo\xffss"}, 2,
          {"--best.monitor is 'lo\\xffss', expected text in UTF-8"});
  refuses(train_two + Words{"--loss", "hub\xff"}, 2, {"UTF-8"});
  refuses(train_two + Words{"--metrics", "\xff"}, 2, {"UTF-8"});
  run_well(train_two + Words{"--json-log.path", "lo\xffg.jsonl"});
}

TEST_F(Usage, RefusesAxesThatAreNotNumbers) {
  refuses(train_two + Words{"--layers", "4,prelu:true:garbage,1:sigmoid"}, 2,
          {"[prelu]", "shared_axes is 'garbage', expected positive whole numbers"});
}

TEST_F(Usage, TakesTheShortLayerNamesOfOtherLibraries) {
  for (const char* layer : {"batchnorm", "batch_norm", "batchnorm1d", "layernorm", "layer_norm", "rmsnorm", "linear:3"})
    run_well(train_two + Words{"--layers", std::string("4,") + layer + ",1:sigmoid", "--quiet"});
  for (const char* layer : {"maxpool2d:1", "avgpool2d:1", "globalmaxpool2d", "globalavgpool2d"})
    run_well(train_two +
             Words{"--layers",
                   std::string("reshape:2x1x1,") + layer + (layer[0] == 'g' ? ",1:sigmoid" : ",flatten,1:sigmoid"),
                   "--quiet"});
}

// Six lines of a terminal of 80 columns.
TEST_F(Usage, MessagesAboutNamesAreShort) {
  for (const Words& words :
       {Words{"--xyz"}, Words{"--loss", "xyz"}, Words{"--layers", "xyz:3"}, Words{"--metrics", "xyz"},
        Words{"--layers", "3:xyz"}, Words{"--optimizer.xyz", "1"}, Words{"--schedule", "xyz"}}) {
    const ProcessResult result = run(train_two + words);
    EXPECT_EQ(result.code, 2);
    EXPECT_LE(result.err.size(), 480U) << result.err;
  }
}

TEST_F(Usage, OffersTheMostSimilarNames) {
  refuses(train_two + Words{"--layers", "dnse:3"}, 2, {"unknown layer 'dnse'", "known: dense", "did you mean 'dense'"});
  refuses(train_two + Words{"--layers", "3:sigmod,1"}, 2, {"unknown activation 'sigmod'", "did you mean 'sigmoid'"});
  refuses(train_two + Words{"--loss", "binary_crosentropy"}, 2, {"unknown loss", "did you mean 'binary_crossentropy'"});
  refuses(train_two + Words{"--optimizer", "adm"}, 2, {"unknown optimizer 'adm'", "did you mean 'adam'"});
  refuses(train_two + Words{"--metrics", "acuracy"}, 2, {"unknown metric", "did you mean 'accuracy'"});
  refuses(train_two + Words{"--optimizer.beta1", "0.5"}, 2, {"unknown option 'beta1'", "did you mean 'beta_1'"});
  refuses(train_two + Words{"--loss.smoothing", "0.5"}, 2, {"unknown option 'smoothing'", "label_smoothing"});
  refuses(train_two + Words{"--target", "labl"}, 2,
          {"unknown target column 'labl'", "a, b, label", "did you mean 'label'"});
  refuses(train_two + Words{"--features", "a,c"}, 2, {"unknown column 'c'"});
  refuses(train_two + Words{"--gemm", "mkl"}, 2, {"--gemm: unknown value 'mkl', known: auto, onednn, openblas"});
  refuses(train_two + Words{"--split", "first"}, 2, {"--split: unknown value 'first'", "known: last, stratified"});
  refuses(train_two + Words{"--semantics", "kera"}, 2, {"did you mean 'keras'"});
}

TEST_F(Usage, RefusesValuesOutOfRange) {
  refuses(train_two + Words{"--batch", "0"}, 2, {"[train] --batch is 0, expected a whole number of 1 or more"});
  refuses(train_two + Words{"--epochs", "-1"}, 2, {"--epochs is -1, expected a whole number of 0 or more"});
  refuses(train_two + Words{"--epochs", "many"}, 2, {"--epochs is 'many'"});
  refuses(train_two + Words{"--epochs", "99999999999999999999"}, 2,
          {"--epochs is 99999999999999999999, expected a whole number from 0 to 9223372036854775807"});
  refuses(train_two + Words{"--layers", "99999999999999999999,1"}, 2, {"a whole number of at most 9000000000000000"});
  refuses(train_two + Words{"--learning-rate", "-0.1"}, 2, {"learning_rate is '-0.1', expected a number of 0 or more"});
  refuses(train_two + Words{"--optimizer", "sgd", "--optimizer.momentum", "1"}, 2, {"momentum is '1'"});
  for (const char* seed : {"-1", "18446744073709551616", "0.5", "many"}) {
    refuses(train_two + Words{"--seed", seed}, 2,
            {"[train] --seed is ", seed, "expected a whole number from 0 to 18446744073709551615"});
  }
  run_well(train_two + Words{"--seed", "18446744073709551615", "--quiet"});
  run_well(train_two + Words{"--seed", "18446744073709551615", "--quiet", "--epochs", "2", "--resume"});
  std::filesystem::remove_all(folder.file("out"));
  refuses(train_two + Words{"--threads", "0"}, 2, {"--threads is 0, expected auto or a whole number from 1 to 1024"});
  refuses(train_two + Words{"--threads", "1025"}, 2, {"--threads is 1025"});
  refuses(train_two + Words{"--validation", "1"}, 2, {"--validation is 1, expected a number of 0 or more and below 1"});
  refuses(train_two + Words{"--validation", "nan"}, 2, {"--validation"});
  refuses(train_two + Words{"--validation", "0.999"}, 2, {"0.999"});
  refuses(train_two + Words{"--shuffle", "maybe"}, 2, {"--shuffle is 'maybe', expected true or false"});
  refuses(train_two + Words{"--quiet=maybe"}, 2, {"--quiet is 'maybe', expected true or false"});
  refuses(train_two + Words{"--layers", "0:relu"}, 2, {"units is '0'"});
  refuses(train_two + Words{"--layers", "3,,1"}, 2, {"--layers is '3,,1'"});
  refuses(train_two + Words{"--layers", "1000000000000000,1"}, 2, {"[dense_1]", "2e+15 parameters of its kernel"});
  refuses(train_two + Words{"--data", "t.xlsx"}, 2,
          {"there is no file 't.xlsx', expected an existing file: .csv, .tsv, .npy, .npz"});
}

TEST_F(Usage, SwitchesTakeTrueAndFalse) {
  const auto report = [&](const Words& flags) { return run_well(train_two + Words{"--quiet"} + flags).out; };
  for (const Words& flags : {Words{"--json", "true"}, Words{"--json=true"}, Words{"--json", "yes"}, Words{"--json=1"},
                             Words{"--json", "--early-stopping", "false"}})
    EXPECT_TRUE(report(flags).starts_with("{")) << flags.back();
  for (const Words& flags : {Words{"--json", "false"}, Words{"--json=false", "--best", "false"}, Words{"--json", "no"}})
    EXPECT_TRUE(report(flags).starts_with("training")) << flags.back();
  refuses(train_two + Words{"--out", "new", "--json", "maybe"}, 2, {"unexpected 'maybe'"});
}

// Options of operations take the same words.
TEST_F(Usage, FlagsTakeYesAndNo) {
  run_well(train_two + Words{"--shuffle", "no", "--optimizer", "sgd", "--optimizer.nesterov", "yes", "--out", "no"});
  run_well(train_two +
           Words{"--shuffle", "false", "--optimizer", "sgd", "--optimizer.nesterov", "true", "--out", "false"});
  EXPECT_EQ(read("no/model.onnx"), read("false/model.onnx"));
}

TEST_F(Usage, HelpListsFlagsAndOperations) {
  const std::string help = run_well({"--help"}).out;
  for (const char* command : {"train", "evaluate", "predict", "export", "inspect", "schema", "--version"})
    EXPECT_NE(help.find(command), std::string::npos) << command;
  const std::string train = run_well({"train", "--help"}).out;
  for (const char* word : {"--data",
                           "--target",
                           "--layers",
                           "--loss",
                           "--optimizer",
                           "--epochs",
                           "--batch",
                           "--validation",
                           "--seed",
                           "--threads",
                           "--out",
                           "--config",
                           "--resume",
                           "--init",
                           "--scale",
                           "--shuffle",
                           "--metrics",
                           "--json",
                           "dense",
                           "sigmoid",
                           "glorot_uniform",
                           "binary_crossentropy",
                           "label_smoothing=0",
                           "adam",
                           "learning_rate=0.001",
                           "accuracy"}) {
    EXPECT_NE(train.find(word), std::string::npos) << word;
  }
  for (const char* command : {"evaluate", "predict", "export", "inspect", "schema"}) {
    const ProcessResult result = run_well({command, "--help"});
    EXPECT_NE(result.out.find("Usage"), std::string::npos) << command;
    EXPECT_EQ(result.err, "");
  }
  for (const std::string& line : lines_of(train)) EXPECT_LE(line.size(), 110U) << line;
}

TEST_F(Usage, TheWordsOfOtherProgramsForHelpAndVersion) {
  const std::string help = run_well({"--help"}).out, train = run_well({"train", "--help"}).out;
  EXPECT_EQ(run_well({"help"}).out, help);
  EXPECT_EQ(run_well({"help", "train"}).out, train);
  const std::string version = run_well({"--version"}).out;
  for (const char* const word : {"version", "-v", "-V"}) EXPECT_EQ(run_well({word}).out, version) << word;
  refuses({"help", "trian"}, 2, {"unknown command 'trian'", "did you mean 'train'"});
}

TEST_F(Usage, VersionNamesTheLibraries) {
  const std::string text = run_well({"--version"}).out;
  for (const char* name : {"millrace ", "oneDNN ", "oneTBB ", "ONNX "})
    EXPECT_NE(text.find(name), std::string::npos) << text;
}

#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(Usage, PrintsTheVersionQuickly) {
  using Clock = std::chrono::steady_clock;
  double best = 1;
  for (int i = 0; i < 20; ++i) {  // the best of many, for other processes disturb it
    const Clock::time_point begin = Clock::now();
    run_well({"--version"});
    best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  EXPECT_LT(best, 0.05);
}
#endif

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(Usage, ReportsALackOfMemory) {
  const ProcessResult result =
      run_process(Words{"/bin/sh", "-c", "ulimit -v 2000000; exec \"$0\" \"$@\"", MILLRACE_PROGRAM} + train_two +
                      Words{"--layers", "400000000:relu,1:sigmoid"},
                  {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
  EXPECT_EQ(result.code, 7);
  EXPECT_EQ(result.err,
            "[millrace] out of memory, expected a smaller model, batch or table, or a higher limit (ulimit -v)\n");
}
#endif

TEST_F(Usage, ReportsResultsThatCannotBeWritten) {
  // Short results are written at the end of the program only.
  for (const Words& words : {Words{"train", "--help"}, Words{"--version"}, train_two + Words{"--json", "--quiet"}}) {
    const ProcessResult result =
        run(words, {.folder = "", .out_file = "/dev/full", .terminal_columns = {}, .file_bytes = {}});
    EXPECT_EQ(result.code, 7);
    EXPECT_NE(result.err.find("stdout"), std::string::npos);
  }
}

}  // namespace

}  // namespace millrace::test
