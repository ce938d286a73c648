// SPDX-License-Identifier: Apache-2.0
//
// Model::fit(): data, options and losses that it refuses.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "model/models.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

TEST(Fit, ChangesNothingIfItIsRefused) {
  const SumTable small(32, 5), wide(32, 7);
  Model model = sum_model();
  Dataset named = small.view();
  named.feature_names = {"a", "b", "c", "d", "e"};
  model.fit(named, {.epochs = 1});
  const std::vector<float> before = weights_of(model);
  Dataset other = wide.view();
  other.feature_names = {"t", "u", "v", "w", "x", "y", "z"};
  expect_error(ErrorKind::usage, {"7 feature columns", "expected 5, as the model has"},
               [&] { model.fit(other, {.epochs = 1}); });
  EXPECT_EQ(model.feature_names(), named.feature_names);
  EXPECT_EQ(weights_of(model), before);
}

TEST(Fit, RefusesInvalidOptions) {
  const SumTable small(32, 5);
  const auto fit_with = [&](FitOptions options) {
    return [&small, options] { static_cast<void>(sum_model().fit(small.view(), options)); };
  };
  expect_error(ErrorKind::usage, {"batch_size is 0", "expected 1 or more"}, fit_with({.batch_size = 0}));
  expect_error(ErrorKind::usage, {"epochs is -1"}, fit_with({.epochs = -1}));
  expect_error(ErrorKind::usage, {"-2 threads"}, fit_with({.threads = -2}));
  expect_error(ErrorKind::usage, {"slices is -7, expected 0 or more"}, fit_with({.slices = -7}));
  expect_error(ErrorKind::usage, {"checkpoint_steps is -1, expected 0 or more"}, fit_with({.checkpoint_steps = -1}));
  expect_error(ErrorKind::usage, {"checkpoint_seconds is -1, expected"}, fit_with({.checkpoint_seconds = -1}));
  expect_error(ErrorKind::usage, {"checkpoint_seconds is nan, expected"}, fit_with({.checkpoint_seconds = NAN}));
  expect_error(ErrorKind::usage, {"keep_checkpoints is 0, expected 1 or more"}, fit_with({.keep_checkpoints = 0}));
  const std::string file = " is given without checkpoint, expected the name of its file";
  expect_error(ErrorKind::usage, {"resume" + file}, fit_with({.resume = true}));
  expect_error(ErrorKind::usage, {"checkpoint_steps" + file}, fit_with({.checkpoint_steps = 5}));
  expect_error(ErrorKind::usage, {"checkpoint_seconds" + file}, fit_with({.checkpoint_seconds = 5}));
  expect_error(ErrorKind::usage, {"keep_checkpoints" + file}, fit_with({.keep_checkpoints = 2}));
  expect_error(ErrorKind::usage, {"unknown library 'mkl'", "onednn"}, fit_with({.gemm = "mkl"}));
  expect_error(ErrorKind::usage, {"no loss"}, [&] { Model{Dense{.units = 1}}.fit(small.view()); });
  expect_error(ErrorKind::usage, {"learning_rate is -1"}, [&] { sum_model(Adam{.learning_rate = -1}); });
  expect_error(ErrorKind::usage, {"unknown optimizer 'adma'", "did you mean 'adam'"}, [&] { sum_model("adma"); });
  expect_error(ErrorKind::usage, {"[standardize] data has 5 feature columns, expected 3, as the model has"},
               [&] { Model{Dense{.units = 1}}.build(3).standardize(small.view()); });
  expect_error(ErrorKind::usage, {"[compile] no loss is given"}, [&] { sum_model().compile({}); });
  expect_error(ErrorKind::usage, {"[pace] warmup is -1, expected"},
               [&] { sum_model().compile({.loss = "mse", .pace = {.warmup = -1}}); });
  expect_error(ErrorKind::usage, {"[pace] warmup_start is 5, expected"},
               [&] { sum_model().compile({.loss = "mse", .pace = {.warmup = 2, .warmup_start = 5}}); });
  expect_error(ErrorKind::usage, {"units is 0"}, [&] { Model{Dense{.units = 0}}; });
  expect_error(ErrorKind::usage, {"no layers"}, [&] { Model{std::vector<LayerConfig>{}}; });
}

TEST(Fit, RefusesTargetsThatDoNotFit) {
  SumTable small(32, 5);
  const auto fit_softmax = [&](std::int64_t units, const LossConfig& loss) {
    Model model{Dense{.units = units, .activation = "softmax"}};
    model.compile({.loss = loss});
    model.fit(small.view());
  };
  small.y[9] = 3;
  expect_error(ErrorKind::data, {"row 10", "is 3", "class from 0 to 2"},
               [&] { fit_softmax(3, SparseCategoricalCrossentropy{}); });
  expect_error(ErrorKind::usage, {"1 output unit"}, [&] { fit_softmax(1, SparseCategoricalCrossentropy{}); });
  expect_error(ErrorKind::usage, {"1 target column", "expected 4"}, [&] { fit_softmax(4, CategoricalCrossentropy{}); });
  expect_error(ErrorKind::data, {"row 10", "is 3", "expected 0 or 1"}, [&] { sum_model().fit(small.view()); });
  small.y[9] = NAN;
  expect_error(ErrorKind::data, {"row 10", "is nan"}, [&] { sum_model().fit(small.view()); });
}

// Of a last layer that does not fit the target, the message says which one would.
TEST(Fit, SaysWhichLastLayerFitsTheTarget) {
  SumTable small(32, 5);
  const auto refuses = [&](std::int64_t units, const std::string& activation, const LossConfig& loss,
                           std::initializer_list<std::string> parts) {
    SCOPED_TRACE(loss.op);
    expect_error(ErrorKind::usage, parts, [&] {
      Model model{Dense{.units = units, .activation = activation}};
      model.compile({.loss = loss});
      model.fit(small.view());
    });
  };
  const std::string softmax =
      "classes in one column take sparse_categorical_crossentropy, with a softmax unit for each";
  refuses(32, "relu", MeanSquaredError{},
          {"data has 1 target column, expected 32, one for each unit of the last layer",
           "a last layer of 1 unit predicts 1 number, --layers 64:relu,1", softmax});
  refuses(3, "sigmoid", BinaryCrossentropy{}, {"expected 3", softmax, "two classes take one unit"});
  refuses(3, "linear", Hinge{}, {"expected 3", softmax, "two classes take one unit"});
}

// The notes of a fit to a table whose targets are from `least` to `least` + 1.
std::vector<std::string> notes_of(const LayerConfig& last, const LossConfig& loss, float least) {
  SumTable table(32, 5);
  for (std::size_t r = 0; r < table.y.size(); ++r) table.y[r] = least + static_cast<float>(r) / 31;
  Model model{last};
  model.compile({.loss = loss});
  std::vector<std::string> notes;
  model.fit(table.view(), {.epochs = 1, .on_note = [&](const std::string& text) { notes.push_back(text); }});
  return notes;
}

TEST(Fit, NotesTargetsThatTheLastLayerNeverGives) {
  const auto noted = [](const std::string& activation, const LossConfig& loss, float least, const std::string& part) {
    SCOPED_TRACE(activation);
    const std::vector<std::string> notes = notes_of(Dense{.units = 1, .activation = activation}, loss, least);
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_NE(notes[0].find(part), std::string::npos) << notes[0];
  };
  noted(
      "sigmoid", MeanSquaredError{}, 50,
      "layer dense_1: sigmoid gives numbers from 0 to 1, and the targets are from 50 to 51, so it cannot learn all of "
      "them; a last layer that can: --layers 64:relu,1");
  noted("tanh", MeanSquaredError{}, 50, "numbers from -1 to 1");
  noted("softsign", MeanAbsoluteError{}, 50, "numbers from -1 to 1");
  noted("relu6", MeanSquaredError{}, 50, "numbers from 0 to 6");
  noted("hard_sigmoid", Huber{}, 50, "numbers from 0 to 1");
  noted("softplus", MeanSquaredError{}, -5, "softplus gives no number below 0");
  noted("relu", MeanSquaredError{}, -5, "relu gives no number below 0");
  noted("elu", MeanSquaredError{}, -5, "no number below -1");
  noted("silu", MeanSquaredError{}, -5, "no number below -0.27");
  noted("sigmoid", Poisson{}, 3, "--layers 64:relu,1:exponential");
  for (const char* const activation : {"linear", "leaky_relu", "relu", "softplus", "exponential", "selu"})
    EXPECT_EQ(notes_of(Dense{.units = 1, .activation = activation}, MeanSquaredError{}, 50).size(), 0U) << activation;
  EXPECT_EQ(notes_of(Dense{.units = 1, .activation = "sigmoid"}, MeanSquaredError{}, 0).size(), 0U);
  // Of scaled targets it is the scaled ones that count.
  const SumTable table(32, 5);
  Model model{Dense{.units = 1, .activation = "relu"}};
  model.compile({.loss = MeanSquaredError{}});
  model.build(5, 1).scale_target(table.view(), "standard");
  std::string note;
  model.fit(table.view(), {.epochs = 1, .on_note = [&](const std::string& text) { note = text; }});
  EXPECT_NE(note.find("relu gives no number below 0, and the scaled targets are from -"), std::string::npos) << note;
}

// Labels of which several may hold at once do not suit softmax.
TEST(Fit, NotesRowsOfSeveralClassesWhereTheLossTakesOne) {
  const std::vector<float> x(8, 0.5F);
  const auto notes_with = [&](const std::vector<float>& y) {
    Model model{Dense{.units = 2, .activation = "softmax"}};
    model.compile({.loss = CategoricalCrossentropy{}});
    std::vector<std::string> notes;
    model.fit(Dataset::view(x, 2, y, 2), {.on_note = [&](const std::string& text) { notes.push_back(text); }});
    return notes;
  };
  EXPECT_EQ(notes_with({0, 1, 1, 0, 0, 1, 1, 0}).size(), 0U);
  const std::vector<std::string> notes = notes_with({0, 1, 1, 1, 0, 0, 1, 0});
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("2 rows are of several classes or of none"), std::string::npos) << notes[0];
  EXPECT_NE(notes[0].find("2:sigmoid --loss binary_crossentropy"), std::string::npos) << notes[0];
}

TEST(Fit, NotesBatchNormalisationOfSingleRows) {
  const SumTable table(32, 5);
  const auto notes_with = [&](std::int64_t batch) {
    Model model{Dense{.units = 4}, BatchNormalization{}, Dense{.units = 1, .activation = "sigmoid"}};
    model.compile({.loss = BinaryCrossentropy{}});
    std::vector<std::string> notes;
    model.fit(table.view(), {.batch_size = batch, .on_note = [&](const std::string& text) { notes.push_back(text); }});
    return notes;
  };
  EXPECT_EQ(notes_with(2).size(), 0U);
  const std::vector<std::string> notes = notes_with(1);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("batch normalisation of one row"), std::string::npos) << notes[0];
}

TEST(Fit, NotesAWarmUpWhoseFirstEpochTrainsNothing) {
  const SumTable table(32, 5);
  const auto notes_with = [&](const PaceOptions& pace, std::int64_t batch, int fits = 1) {
    Model model{Dense{.units = 1, .activation = "sigmoid"}};
    model.compile({.loss = BinaryCrossentropy{}, .pace = pace});
    std::vector<std::string> notes;
    const FitOptions options{.batch_size = batch, .on_note = [&](const std::string& text) { notes.push_back(text); }};
    for (int i = 0; i < fits; ++i) model.fit(table.view(), options);
    return notes;
  };
  const std::vector<std::string> by_epoch = notes_with({.by_epoch = true, .warmup = 3}, 8);
  ASSERT_EQ(by_epoch.size(), 1U);
  EXPECT_NE(by_epoch[0].find("nothing is learned in it"), std::string::npos) << by_epoch[0];
  EXPECT_EQ(notes_with({.warmup = 3}, 32).size(), 1U) << "one step an epoch";
  EXPECT_EQ(notes_with({.warmup = 3}, 32, 2).size(), 1U) << "the second run begins at a third";
  EXPECT_EQ(notes_with({.warmup = 3}, 31).size(), 0U);
  EXPECT_EQ(notes_with({.by_epoch = true}, 8).size(), 0U);
  EXPECT_EQ(notes_with({.by_epoch = true, .warmup = 3, .warmup_start = 0.1}, 8).size(), 0U);
}

// The sign of a margin is the answer, so outputs that are never negative say yes to every row.
TEST(Fit, NotesMarginsWithoutASign) {
  const SumTable table(32, 5);
  const auto note_of = [&](const char* activation, const LossConfig& loss) {
    Model model{Dense{.units = 1, .activation = activation}};
    model.compile({.loss = loss});
    std::string note;
    model.fit(table.view(), {.on_note = [&](const std::string& text) { note = text; }});
    return note;
  };
  for (const char* const activation : {"sigmoid", "softplus", "relu", "exponential"}) {
    for (const LossConfig& loss : {LossConfig(Hinge{}), LossConfig(SquaredHinge{})})
      EXPECT_NE(note_of(activation, loss).find(" gives no negative numbers"), std::string::npos) << activation;
  }
  for (const char* const activation : {"linear", "tanh", "elu"}) EXPECT_EQ(note_of(activation, Hinge{}), "");
  EXPECT_EQ(note_of("sigmoid", BinaryCrossentropy{}), "");
}

// Classes that are counted from 0 are not told to be counted from 1.
TEST(Fit, KnowsHowClassesAreCounted) {
  SumTable from_0(32, 5), from_1(32, 5), held(32, 5);
  for (std::size_t r = 0; r < from_1.y.size(); ++r) from_1.y[r] += 1;
  const std::string subtract = "subtract 1 from each";
  expect_error(ErrorKind::data, {"is 2, expected 0 or 1", subtract}, [&] { sum_model().fit(from_1.view()); });
  held.y[3] = from_0.y[3] = 2;
  const auto message = [&](const Dataset& rows, const FitOptions& options) -> std::string {
    try {
      sum_model().fit(rows, options);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string mixed = message(from_0.view(), {});
  EXPECT_NE(mixed.find("row 4 of array is 2, expected 0 or 1"), std::string::npos) << mixed;
  EXPECT_EQ(mixed.find(subtract), std::string::npos) << mixed;
  const SumTable sound(32, 5);
  for (float& y : held.y) y = 2;
  const Dataset rows = held.view();
  const std::string validation = message(sound.view(), {.validation = &rows});
  EXPECT_NE(validation.find("[validation] target of row 1 of array is 2"), std::string::npos) << validation;
  EXPECT_NE(validation.find(": no training row has that class"), std::string::npos) << validation;
}

TEST(Fit, AndOtherUsesRequireTheModelsNames) {
  const SumTable small(32, 2);
  Dataset data = small.view();
  data.feature_names = {"a", "b"};
  data.classes = {"no", "yes"};
  Model model = sum_model();
  model.fit(data, {.epochs = 1});
  Dataset turned = data;
  turned.feature_names = {"b", "a"};
  for (const auto& use : std::initializer_list<std::function<void(const Dataset&)>>{
           [&](const Dataset& d) { model.fit(d); }, [&](const Dataset& d) { static_cast<void>(model.evaluate(d)); },
           [&](const Dataset& d) { static_cast<void>(model.predict(d)); },
           [&](const Dataset& d) { model.fit(data, {.validation = &d}); },
           [&](const Dataset& d) { static_cast<void>(model.find_learning_rate(d)); }}) {
    expect_error(ErrorKind::usage, {"column 1 is 'b', the model's is 'a'"}, [&] { use(turned); });
    Dataset other = data;
    other.classes = {"yes"};
    expect_error(ErrorKind::usage, {"class 1 is 'yes', the model's is 'no'"}, [&] { use(other); });
    other.classes = {"no"};
    expect_error(ErrorKind::usage, {"class 2 is none, the model's is 'yes'"}, [&] { use(other); });
    use(small.view());  // data without names are accepted
  }
  // Validation rows must have the names of the training rows, also in the first fit.
  expect_error(ErrorKind::usage, {"[validation] column 1 is 'b'"},
               [&] { sum_model().fit(data, {.validation = &turned}); });
}

TEST(Fit, RefusesNamesThatDoNotFitTheModel) {
  const SumTable small(32, 2);
  Dataset data = small.view();
  data.feature_names = {"a", "a"};
  expect_error(ErrorKind::usage, {"[model] two input columns are called 'a', expected names that differ"},
               [&] { sum_model().fit(data); });
  const std::vector<float> x{1, 2, 3, 4}, y{0, 1, 0, 1};
  Dataset answers = Dataset::view(x, 1, y);
  answers.classes = {"no", "yes", "perhaps"};
  const auto fit = [&](std::int64_t units, const std::string& activation, const LossConfig& loss) {
    Model model{Dense{.units = units, .activation = activation}};
    model.compile({.loss = loss});
    model.fit(answers, {.epochs = 1});
  };
  expect_error(ErrorKind::usage,
               {"[fit] array names 3 classes: no, yes, perhaps, and the model tells 2 apart, expected no more names"},
               [&] { fit(1, "sigmoid", BinaryCrossentropy{}); });
  expect_error(ErrorKind::usage, {"the model tells 2 apart"},
               [&] { fit(2, "softmax", SparseCategoricalCrossentropy{}); });
  for (const std::int64_t units : {3, 4}) fit(units, "softmax", SparseCategoricalCrossentropy{});
}

TEST(Fit, RefusesALossThatDoesNotFitTheOutputs) {
  const SumTable small(32, 5);
  const auto fit = [&](const std::string& activation, const LossConfig& loss, std::int64_t units = 1) {
    Model model{Dense{.units = units, .activation = activation}};
    model.compile({.loss = loss});
    model.fit(small.view());
  };
  expect_error(ErrorKind::usage, {"dense_1", "linear gives any number", "expected sigmoid", "from_logits=true"},
               [&] { fit("linear", BinaryCrossentropy{}); });
  expect_error(ErrorKind::usage, {"relu gives any number", "expected softmax"},
               [&] { fit("relu", SparseCategoricalCrossentropy{}, 2); });
  expect_error(ErrorKind::usage, {"log_softmax gives logarithms of probabilities", "from_logits=true"},
               [&] { fit("log_softmax", SparseCategoricalCrossentropy{}, 2); });
  expect_error(ErrorKind::usage, {"sigmoid gives probabilities", "takes logits", "expected linear"},
               [&] { fit("sigmoid", BinaryCrossentropy{.from_logits = true}); });
  fit("linear", BinaryCrossentropy{.from_logits = true});
  fit("log_softmax", SparseCategoricalCrossentropy{.from_logits = true}, 2);
  for (const char* activation : {"linear", "tanh"}) {
    expect_error(ErrorKind::usage,
                 {"dense_1", activation, "predictions that can be negative", "expected softplus or exponential"},
                 [&] { fit(activation, Poisson{}); });
  }
  fit("hard_sigmoid", BinaryCrossentropy{});
  fit("linear", MeanSquaredError{});
  for (const char* activation : {"softplus", "exponential", "relu", "sigmoid"}) fit(activation, Poisson{});
}

TEST(Fit, RefusesMetricsOfClassesForNumericTargets) {
  SumTable small(32, 5);
  small.y[4] = 6.5F;
  for (const std::string metric : {"accuracy", "roc_auc", "f1", "log_loss"}) {
    Model model{Dense{.units = 1}};
    model.compile({.loss = MeanSquaredError{}, .metrics = {"mean_absolute_error", metric}});
    expect_error(ErrorKind::data, {"target of row 5", "is 6.5, which is no class for " + metric, "expected 0 or 1"},
                 [&] { model.fit(small.view()); });
  }
  Model model{Dense{.units = 1}};
  model.compile({.loss = MeanSquaredError{}, .metrics = {"mean_absolute_error", "r2"}});
  model.fit(small.view());
}

}  // namespace
}  // namespace millrace::test
