// SPDX-License-Identifier: Apache-2.0
//
// Values that no run can use, as users write them: each is refused before the first step, by name, with what was
// expected, and leaves nothing behind.
#include "cli/cli.hpp"

namespace millrace::test {
namespace {

struct BadValue {
  Words flags, parts;
};

class BadValues : public Cli {
 protected:
  void SetUp() override {
    write_two_classes("t.csv");
    write_three_classes("three.csv");
  }
  void refuses_all(const Words& command, const std::vector<BadValue>& values) {
    for (const BadValue& value : values) {
      std::string shown;
      for (const std::string& flag : value.flags) shown += flag + " ";
      SCOPED_TRACE(shown);
      refuses(command + value.flags, 2, value.parts);
    }
  }
};

TEST_F(BadValues, OfLayers) {
  const std::string between = "above 0", share = "0 or more and below 1";
  refuses_all(train_two,
              {{{"--layers", "4,dropout:1.0,1:sigmoid"}, {"[dropout] rate is '1.0'", share}},
               {{"--layers", "4,dropout:-0.1,1:sigmoid"}, {"[dropout] rate is '-0.1'", share}},
               {{"--layers", "4:relu:kernel_l2=-1,1:sigmoid"}, {"[dense] kernel_l2 is '-1'", "0 or more"}},
               {{"--layers", "4:relu:kernel_l1=nan,1:sigmoid"}, {"[dense] kernel_l1 is 'nan'", "0 or more"}},
               {{"--layers", "4:relu:kernel_max_norm=-1,1:sigmoid"}, {"kernel_max_norm is '-1'", "above 0, or none"}},
               {{"--layers", "0:relu,1:sigmoid"}, {"[dense] units is '0'", between}},
               {{"--layers", ""}, {"at least one layer"}},
               {{"--layers", "4,,1:sigmoid"}, {"expected names between the commas"}},
               {{"--layers", "4:elu:-1,1:sigmoid"}, {"[elu] alpha is '-1'"}},
               {{"--layers", "4,batchnorm:epsilon=0,1:sigmoid"}, {"[batch_normalization] epsilon is '0'", between}},
               {{"--layers", "4,batchnorm:epsilon=-1,1:sigmoid"}, {"[batch_normalization] epsilon is '-1'", between}},
               {{"--layers", "4,layer_normalization:epsilon=-1,1:sigmoid"}, {"epsilon is '-1'", between}},
               {{"--layers", "embedding:0:4,flatten,1:sigmoid"}, {"[embedding] input_dim is '0'", between}},
               {{"--layers", "reshape:5x7,1:sigmoid"}, {"shape (2), 2 elements, expected the 35 of (5, 7)"}},
               {{"--layers", "reshape:1e300,1:sigmoid"}, {"shape is '1e300', expected positive whole numbers"}},
               {{"--layers", "reshape:nan,1:sigmoid"}, {"shape is 'nan', expected positive whole numbers"}},
               {{"--layers", "reshape:2x1x1,conv2d:4:0,flatten,1"}, {"kernel_size is '0'", "positive whole number"}},
               {{"--layers", "reshape:2x1x1,conv2d:4:3,flatten,1"}, {"smaller than a window", "a larger image"}},
               {{"--layers", "reshape:2x1x1,max_pooling2d:0,flatten,1"}, {"pool_size is '0'"}},
               {{"--layers", "conv2d:4:2,flatten,1:sigmoid"}, {"expected an image (height, width, channels)"}},
               {{"--layers", "4:relu:kernel_initializer=random_normal:stddev=-1,1"}, {"stddev is '-1'"}},
               {{"--layers", "4,1:softmax"}, {"[dense_2] softmax of 1 output", "expected sigmoid"}}});
}

TEST_F(BadValues, OfLayersThatMeet) {
  const std::string graph =
      "[[layers]]\nop = \"dense\"\nname = \"a\"\nunits = 8\n"
      "[[layers]]\nop = \"dense\"\nname = \"b\"\nunits = 4\ninputs = [\"features\"]\n"
      "[[layers]]\nop = \"add\"\ninputs = [\"a\", \"b\"]\n"
      "[[layers]]\nop = \"dense\"\nunits = 1\nactivation = \"sigmoid\"\n";
  write("net.toml", graph);
  const Words train{"train", "--data", "t.csv",    "--target", "label", "--loss", "binary_crossentropy",
                    "--out", "out",    "--config", "net.toml"};
  refuses(train, 2, {"[add] inputs have shapes (8) and (4), expected the same shape", "a (8), b (4)"});
}

TEST_F(BadValues, OfBatches) {
  const Words normalised{"--layers", "4,batchnorm,1:sigmoid"};
  // 40 rows: the last batch of 13 has one, which has a variance, but no unbiased one.
  run_well(train_two + normalised + Words{"--batch", "13"});
  run_well(train_two + normalised + Words{"--batch", "1", "--overwrite"});
  refuses_all(train_two + normalised + Words{"--semantics", "torch", "--overwrite"},
              {{{"--batch", "1"}, {"[batch_normalization] a batch of 1 row", "expected 2 or more"}},
               {{"--batch", "13"}, {"[batch_normalization] a batch of 1 row", "last batch of 1"}}});
  refuses_all(train_two + Words{"--out", "other"}, {{{"--batch", "0"}, {"--batch is 0", "1 or more"}},
                                                    {{"--epochs", "-1"}, {"--epochs is -1"}},
                                                    {{"--validation", "1"}, {"--validation is 1", "below 1"}}});
}

TEST_F(BadValues, OfFlagsOfOtherPrograms) {
  refuses_all(train_two, {{{"--patience", "3"}, {"unknown flag '--patience', expected --early-stopping.patience 10"}},
                          {{"--random_state", "3"}, {"'--random_state', expected --seed 1"}},
                          {{"-o", "x"}, {"unknown flag '-o', expected --out DIR"}},
                          {{"-"}, {"unexpected '-', expected flags only"}},
                          {{"--dropout=0.2"}, {"unknown flag '--dropout', expected --layers 64:relu,dropout:0.2,1"}},
                          {{"--quantum", "3"}, {"unknown flag '--quantum', known: "}}});
  // A flag that this command does not have is not offered.
  refuses({"predict", "out/model.onnx", "--patience", "3"}, 2, {"unknown flag '--patience', known: "});
}

// An activation is a layer of its own, too.
TEST_F(BadValues, NoneOfActivationsAsLayers) {
  run_well(train_two + Words{"--layers", "dense:8,relu,dense:1,sigmoid"});
  EXPECT_EQ(json_of({"inspect", "out/model.onnx", "--json"}).at("layers").size(), 4U);
}

// Lists of names add up. Where another value is as likely meant instead, the program says which one counts.
TEST_F(BadValues, OfFlagsThatAreRepeated) {
  const ProcessResult both = run_well(train_two + Words{"--metrics", "auc", "--metrics", "f1"});
  EXPECT_NE(both.out.find("auc"), std::string::npos) << both.out;
  EXPECT_NE(both.out.find("f1"), std::string::npos) << both.out;
  const ProcessResult target = run_well(train_two + Words{"--target", "label", "--target", "a", "--loss", "mse"});
  EXPECT_NE(target.err.find("[train] --target is given 3 times, and the last one counts: a; A,B predicts two columns"),
            std::string::npos)
      << target.err;
  EXPECT_EQ(run_well(train_two + Words{"--overwrite", "--epochs", "1"}).err.find("is given"), std::string::npos);
}

TEST_F(BadValues, OfLosses) {
  refuses_all(train_two,
              {{{"--loss", "binary_crossentropy:reduction=sum"}, {"unknown option 'reduction'", "label_smoothing"}},
               {{"--loss.label-smoothing", "1"}, {"label_smoothing is '1'", "below 1"}},
               {{"--loss.label-smoothing", "-0.1"}, {"label_smoothing is '-0.1'", "0 or more"}},
               {{"--loss.pos-weight", "0"}, {"pos_weight is '0'", "above 0"}},
               {{"--loss", "binary_focal_crossentropy", "--loss.gamma", "-1"}, {"gamma is '-1'"}},
               {{"--loss", "huber", "--loss.delta", "0"}, {"delta is '0'", "above 0"}},
               {{"--loss", "sparse_categorical_crossentropy", "--layers", "1:softmax"},
                {"1 output unit, expected one a class"}},
               {{"--class-weight", "maybe=2"}, {"unknown class 'maybe', known: "}},
               {{"--class-weight", "yes=-1"}, {"'yes=-1'", "a weight of 0 or more"}}});
}

TEST_F(BadValues, OfOptimizers) {
  const std::string share = "0 or more and below 1";
  refuses_all(
      train_two,
      {{{"--optimizer", "sgd", "--optimizer.momentum", "1.5"}, {"[sgd] momentum is '1.5'", share}},
       {{"--optimizer.epsilon", "0"}, {"[adam] epsilon is '0'", "above 0"}},
       {{"--optimizer.epsilon", "-1"}, {"[adam] epsilon is '-1'", "above 0"}},
       {{"--optimizer.beta-1", "1"}, {"[adam] beta_1 is '1'", share}},
       {{"--optimizer.beta-2", "1"}, {"[adam] beta_2 is '1'", share}},
       {{"--learning-rate", "-1"}, {"learning_rate is '-1'"}},
       {{"--learning-rate", "nan"}, {"learning_rate is 'nan'"}},
       {{"--learning-rate", "inf"}, {"learning_rate is 'inf', expected a finite number of 0 or more"}},
       {{"--optimizer.clipnorm", "1", "--optimizer.clipvalue", "1"}, {"2 of clipvalue, clipnorm", "expected one"}},
       {{"--optimizer.clipnorm", "1", "--optimizer.global-clipnorm", "1"}, {"[update] 2 of", "expected one"}},
       {{"--optimizer.gradient-accumulation-steps", "0"}, {"gradient_accumulation_steps is '0'", "above 0"}},
       {{"--optimizer.ema-momentum", "1"}, {"ema_momentum is '1'", share}},
       {{"--optimizer", "ftrl", "--optimizer.learning-rate-power", "1"}, {"learning_rate_power is 1", "0 or less"}},
       {{"--optimizer", "rmsprop", "--optimizer.rho", "1"}, {"[rmsprop] rho is '1'", share}},
       {{"--optimizer", "lbfgs", "--optimizer.history", "0"}, {"[lbfgs] history is '0'", "above 0"}},
       {{"--optimizer", "lbfgs:history=9000000000000000"}, {"history is 9000000000000000", "expected at most 10000"}},
       {{"--optimizer", "lbfgs", "--batch", "8"}, {"[lbfgs] batch_size is 8 of 40 rows", "expected all"}},
       {{"--optimizer", "lbfgs", "--find-learning-rate"}, {"expected another optimizer"}},
       {{"--optimizer", "sgd", "--schedule", "one_cycle", "--schedule.cycle-momentum"},
        {"[one_cycle]", "a momentum above 0 or a beta_1", "cycle_momentum=false"}},
       {{"--schedule", "one_cycle", "--schedule.base-momentum", "1"}, {"base_momentum is '1'", share}},
       {{"--schedule", "one_cycle", "--schedule.pct-start", "2"}, {"pct_start is '2'"}},
       {{"--schedule.warmup", "-1"}, {"warmup is '-1'"}},
       {{"--plateau.factor", "1", "--validation", "0.2"}, {"factor is '1'", share}}});
}

TEST_F(BadValues, OfMetrics) {
  Words three = train_three;
  std::replace(three.begin(), three.end(), std::string("t.csv"), std::string("three.csv"));
  refuses_all(three, {{{"--metrics", "top_k_accuracy:4"}, {"[top_k_accuracy] k is 4", "3 outputs, expected at most"}},
                      {{"--metrics", "top_k_accuracy:0"}, {"k is '0'", "above 0"}},
                      {{"--metrics", "f_beta:0"}, {"beta is '0'"}},
                      {{"--metrics", "precision:bogus"}, {"unknown average 'bogus', known: "}},
                      {{"--metrics", "calibration_error:0"}, {"bins is '0'"}}});
  refuses_all(train_two, {{{"--metrics", "accuracy,accuracy"}, {"[train] --metrics: 'accuracy' is given twice"}},
                          {{"--metrics", "mae,log_loss,mean_absolute_error"}, {"'mean_absolute_error' is given twice"}},
                          {{"--metrics", "f_beta,f_beta:1"}, {"'f_beta:1' is given twice"}},
                          {{"--metrics", "top_k_accuracy:1"}, {"1 output, expected one a class"}},
                          {{"--metrics", "recall_at_fpr:2"}, {"rate is '2'", "from 0 to 1"}}});
}

}  // namespace
}  // namespace millrace::test
