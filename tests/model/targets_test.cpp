// SPDX-License-Identifier: Apache-2.0
#include "millrace/targets.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "model/models.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

Model compiled_for(const LossConfig& loss, std::int64_t units) {
  Model model{Dense{.units = units, .activation = "sigmoid"}};
  model.build(1).compile({.loss = loss});
  return model;
}

struct Animals {
  std::vector<float> x{1, 2, 3, 4}, y{2, 0, 1, 2};
  [[nodiscard]] Dataset labelled(std::vector<std::string> classes) const {
    Dataset data = Dataset::view(x, 1, y);
    data.source = "animals.csv";
    data.target_names = {"species"};
    data.classes = std::move(classes);
    return data;
  }
};

std::vector<float> targets_of(const Dataset& data) {
  std::vector<float> all;
  for (std::int64_t r = 0; r < data.targets.rows; ++r)
    all.insert(all.end(), data.targets.row(r), data.targets.row(r) + data.targets.columns);
  return all;
}

TEST(FitTargets, MakesOneColumnAClassForALossThatTakesThem) {
  const Animals animals;
  for (const char* const loss : {"categorical_crossentropy", "kl_divergence", "categorical_hinge"}) {
    Dataset data = animals.labelled({"cat", "dog", "eel"});
    fit_targets(data, compiled_for(loss, 3));
    EXPECT_EQ(data.targets.columns, 3) << loss;
    EXPECT_EQ(targets_of(data), (std::vector<float>{0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1})) << loss;
    EXPECT_EQ(data.classes, (std::vector<std::string>{"cat", "dog", "eel"})) << loss;
  }
}

TEST(FitTargets, KeepsTheIndexForALossThatTakesIt) {
  const Animals animals;
  Dataset data = animals.labelled({"cat", "dog", "eel"});
  fit_targets(data, compiled_for(SparseCategoricalCrossentropy{}, 3));
  EXPECT_EQ(targets_of(data), animals.y);
}

TEST(FitTargets, NamesTheClassesOfNumericLabels) {
  const Animals animals;
  for (const char* const loss : {"categorical_crossentropy", "sparse_categorical_crossentropy"}) {
    Dataset data = animals.labelled({});
    fit_targets(data, compiled_for(loss, 3));
    EXPECT_EQ(data.classes, (std::vector<std::string>{"0", "1", "2"})) << loss;
  }
}

TEST(FitTargets, LeavesNumbersAndSeveralColumnsAsTheyAre) {
  const Animals animals;
  Dataset numbers = animals.labelled({});
  fit_targets(numbers, compiled_for(MeanSquaredError{}, 1));
  EXPECT_EQ(numbers.targets.data, animals.y.data());
  EXPECT_TRUE(numbers.classes.empty());

  Dataset pairs = Dataset::view({animals.x.data(), 2}, 1, animals.y, 2);
  fit_targets(pairs, compiled_for(CategoricalCrossentropy{}, 2));
  EXPECT_EQ(pairs.targets.data, animals.y.data());

  Dataset without = Dataset::view(animals.x, 1);
  fit_targets(without, compiled_for(CategoricalCrossentropy{}, 3));
  EXPECT_EQ(without.targets.rows, 0);
}

TEST(FitTargets, RefusesClassesThatDoNotFitTheLossOrTheUnits) {
  const Animals animals;
  const auto refuses = [&](std::vector<std::string> classes, const LossConfig& loss, std::int64_t units,
                           std::initializer_list<std::string> parts) {
    Dataset data = animals.labelled(std::move(classes));
    expect_error(ErrorKind::usage, parts, [&] {
      fit_targets(data, compiled_for(loss, units));
      return 0;
    });
  };
  const std::vector<std::string> three{"cat", "dog", "eel"};
  refuses(three, MeanSquaredError{}, 1,
          {"[target] column 'species' of animals.csv has 3 classes (cat, dog, eel), mean_squared_error takes numbers"});
  refuses(three, BinaryCrossentropy{}, 1, {"with one output unit takes two; expected 3 softmax units"});
  refuses(three, SparseCategoricalCrossentropy{}, 4, {"the model has 4 output units; expected one unit a class"});
  refuses({"cat"}, BinaryCrossentropy{}, 1, {"has 1 class (cat), and nothing to tell apart"});
}

TEST(FitTargets, RefusesALabelThatIsNotAClass) {
  Animals animals;
  for (const float label : {3.0F, -1.0F, 0.5F, std::numeric_limits<float>::quiet_NaN()}) {
    animals.y[1] = label;
    Dataset data = animals.labelled({});
    expect_error(ErrorKind::data, {"[target] column 'species' of row 2 of animals.csv is ", "a class from 0 to 2"},
                 [&] {
                   fit_targets(data, compiled_for(CategoricalCrossentropy{}, 3));
                   return 0;
                 });
  }
}

TEST(FitTargets, NeedsABuiltAndCompiledModel) {
  const Animals animals;
  Dataset data = animals.labelled({});
  Model model{Dense{.units = 3}};
  const auto call = [&] {
    fit_targets(data, model);
    return 0;
  };
  expect_error(ErrorKind::usage, {"the model has no loss", "compile"}, call);
  model.compile({.loss = CategoricalCrossentropy{}});
  expect_error(ErrorKind::usage, {"the model is not built"}, call);
}

TEST(ClassWeights, AreOrderedByTheClassesAndOneByDefault) {
  const Animals animals;
  const Model model = compiled_for(SparseCategoricalCrossentropy{}, 3);
  EXPECT_EQ(class_weights({{"eel", 3}, {"cat", 0.5}}, animals.labelled({"cat", "dog", "eel"}), model),
            (std::vector<double>{0.5, 1, 3}));
  EXPECT_EQ(class_weights({}, animals.labelled({"cat", "dog", "eel"}), model), (std::vector<double>{1, 1, 1}));
}

TEST(ClassWeights, NumberTheClassesWithoutNames) {
  const Animals animals;
  EXPECT_EQ(class_weights({{"2", 4}}, animals.labelled({}), compiled_for(SparseCategoricalCrossentropy{}, 3)),
            (std::vector<double>{1, 1, 4}));
  EXPECT_EQ(class_weights({{"1", 4}}, animals.labelled({}), compiled_for(BinaryCrossentropy{}, 1)),
            (std::vector<double>{1, 4}));
  const Dataset columns = Dataset::view({animals.x.data(), 1}, 1, animals.y, 4);
  EXPECT_EQ(class_weights({{"3", 4}}, columns, compiled_for(BinaryCrossentropy{}, 4)),
            (std::vector<double>{1, 1, 1, 4}));
}

TEST(ClassWeights, RefuseAnUnknownClassAndALossOfNumbers) {
  const Animals animals;
  const Dataset named = animals.labelled({"cat", "dog", "eel"});
  expect_error(ErrorKind::usage, {"[class_weight] unknown class 'ell', did you mean 'eel'?"}, [&] {
    return class_weights({{"ell", 1}}, named, compiled_for(SparseCategoricalCrossentropy{}, 3));
  });
  expect_error(ErrorKind::usage, {"[class_weight] unknown class '2'", "0, 1"}, [&] {
    return class_weights({{"2", 1}}, animals.labelled({}), compiled_for(BinaryCrossentropy{}, 1));
  });
  expect_error(ErrorKind::usage, {"[class_weight] huber takes numbers", "expected a cross-entropy"}, [&] {
    return class_weights({{"cat", 1}}, named, compiled_for(Huber{}, 1));
  });
}

// A label that is far too large must not decide how many classes there are.
TEST(ClassWeights, DoNotGrowWithTheLabels) {
  Animals animals;
  animals.y[0] = 3e9F;
  EXPECT_EQ(class_weights({{"1", 4}}, animals.labelled({}), compiled_for(BinaryCrossentropy{}, 1)).size(), 2);
}

}  // namespace
}  // namespace millrace::test
