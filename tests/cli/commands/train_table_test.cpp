// SPDX-License-Identifier: Apache-2.0
//
// millrace train on tables as people have them: what it chooses, what it leaves out, what it refuses.
#include <cmath>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class TrainTable : public Cli {
 protected:
  // Numbers, a text, a boolean, a date, missing cells, an id and a constant column; income depends on three of them.
  void write_people(const std::string& name, int rows = 240, const std::string& more = "") const {
    std::string text = "name,age,city,member,joined,planet,income\n";
    for (int r = 0; r < rows; ++r) {
      const bool member = r * 7 % 3 == 0;
      const int age = 20 + r * 13 % 50;
      text += "person " + std::to_string(r * r) + "," + (r % 11 == 3 ? "" : std::to_string(age)) + ",city" +
              std::to_string(r * 5 % 4) + "," + (member ? "yes" : "no") + ",2024-0" + std::to_string(1 + r % 9) +
              "-11,earth," + (age + (member ? 25 : 0) > 50 ? "high" : "low") + "\n";
    }
    write(name, text + more);
  }
  [[nodiscard]] ProcessResult train(const Words& more) const {
    return run(Words{"train", "--data", "t.csv", "--out", "out", "--overwrite", "--threads", "1"} + more);
  }
  // What the program says on stderr; fails unless it ends well.
  [[nodiscard]] std::string notes_of(const Words& more) const {
    const ProcessResult result = train(more);
    EXPECT_EQ(result.code, 0) << result.err;
    return result.err;
  }
  void trains(const Words& more) const { static_cast<void>(notes_of(more)); }
  void contains(const std::string& text, const Words& parts) const {
    for (const std::string& part : parts)
      EXPECT_NE(text.find(part), std::string::npos) << "no '" << part << "' in: " << text;
  }
};

TEST_F(TrainTable, TwoFlagsAreEnough) {
  write_people("t.csv");
  const std::string notes = notes_of({"--target", "income"});
  contains(notes, {"chosen: --layers",
                   ":relu,1:sigmoid --members 5 --loss binary_crossentropy --epochs 200 --validation folds "
                   "--early-stopping.patience 15 --early-stopping.restore-best-weights",
                   "'name'", "column 'planet' is left out"});
  const nlohmann::json result = json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--json"});
  EXPECT_GT(result.at("accuracy").get<double>(), 0.9);
}

TEST_F(TrainTable, ClassesThatAreGivenMayHaveNoRow) {
  write_people("t.csv");
  const std::string notes =
      notes_of({"--target", "income", "--classes", "low,middle,high", "--members", "1", "--epochs", "2"});
  contains(notes, {"no row is of class 'middle'", ":relu,3:softmax"});
  EXPECT_EQ(json_of({"inspect", "out/model.onnx", "--json"}).at("classes"), (Words{"low", "middle", "high"}));
}

TEST_F(TrainTable, ClassesThatAreNotGivenAreRefusedWithTheirFirstRow) {
  write("t.csv", "a,y\n1,low\n2,\n3,high\n4,middle\n5,low\n6,middle\n");
  refuses({"train", "--data", "t.csv", "--target", "y", "--classes", "low,high", "--out", "out"}, 3,
          {"column 'y' of row 4 of t.csv is 'middle', expected one of the classes: low, high"});
  write("t.csv", "a,y\n1,3\n2,\n3,7\n4,7.5\n5,3\n");
  refuses({"train", "--data", "t.csv", "--target", "y", "--classes", "3,7", "--out", "out"}, 3,
          {"column 'y' of row 4 of t.csv is '7.5', expected one of the classes: 3, 7"});
  refuses({"train", "--data", "t.csv", "--target", "y", "--classes", "3,7,7", "--out", "out"}, 2,
          {"class '7' is given twice, expected classes that differ"});
}

// Scaled targets are negative where the target is below its mean, which such a last layer cannot give.
TEST_F(TrainTable, TargetsBehindABoundedActivationKeepTheirUnit) {
  std::string text = "a,b,y\n";
  for (int r = 0; r < 300; ++r) {
    const double a = std::sin(r * 1.7), b = std::cos(r * 0.9);
    text += std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(1 / (1 + std::exp(-3 * a - b))) + "\n";
  }
  write("t.csv", text);
  for (const char* const last : {"relu", "sigmoid", "softplus"}) {
    trains({"--target", "y", "--layers", std::string("16:tanh,1:") + last, "--loss", "mse", "--epochs", "100",
            "--learning-rate", "0.01"});
    const nlohmann::json result =
        json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--metrics", "r2", "--json"});
    EXPECT_GT(result.at("r2").get<double>(), 0.97) << last;
  }
}

TEST_F(TrainTable, TheLastLayerFollowsTheLoss) {
  std::string text = "a,claims\n";
  for (int r = 0; r < 200; ++r) text += std::to_string(r % 20) + "," + std::to_string(r % 20 / 4 + r % 2) + "\n";
  write("t.csv", text);
  contains(notes_of({"--target", "claims", "--task", "regression", "--loss", "poisson"}), {",1:exponential"});
}

// Such classes have no names in the model.
TEST_F(TrainTable, GoesOnFromAModelOfNumberedClasses) {
  std::string text = "a,colour,y\n";
  for (int r = 0; r < 90; ++r)
    text += std::to_string(r % 7) + (r % 2 == 0 ? ",red," : ",blue,") + std::to_string(r % 3) + "\n";
  write("t.csv", text);
  trains({"--target", "y", "--epochs", "2", "--out", "first"});
  for (const std::string from : {"first/model.onnx", "first/checkpoint.safetensors"})
    trains({"--target", "y", "--epochs", "2", "--init", from});
  for (std::size_t at = 0; (at = text.find(",2\n", at)) != std::string::npos;) text.replace(at, 3, ",x\n");
  write("t.csv", text);
  const ProcessResult other = train({"--target", "y", "--epochs", "2", "--init", "first/model.onnx"});
  EXPECT_EQ(other.code, 3);
  contains(other.err, {"column 'y'", "'x'", "expected one of the classes: 0, 1, 2"});
}

TEST_F(TrainTable, TheChosenFlagsGiveTheSameModel) {
  write_people("t.csv");
  const std::string notes = notes_of({"--target", "income", "--batch", "16"}),
                    chosen = notes.substr(notes.find("chosen: ") + 8);
  const std::string scores = run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out;
  Words flags{"--target", "income", "--batch", "16"};
  std::istringstream words(chosen.substr(0, chosen.find('\n')));
  for (std::string word; words >> word;) flags.push_back(word);
  EXPECT_EQ(notes_of(flags).find("chosen"), std::string::npos);
  EXPECT_EQ(run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out, scores);
}

TEST_F(TrainTable, OneMemberHoldsOutAFifth) {
  write_people("t.csv");
  contains(notes_of({"--target", "income", "--members", "1"}),
           {"1:sigmoid --loss", "--validation 0.2 --split stratified"});
  contains(notes_of({"--target", "income", "--split", "last"}), {"--members 5", "--epochs 200"});
}

TEST_F(TrainTable, MembersHoldOutGroupsAndGoOnLater) {
  write_people("t.csv");
  const Words flags{"--target",         "income",    "--group", "city",         "--layers",
                    "8:relu,1:sigmoid", "--members", "3",       "--validation", "folds"};
  trains(flags + Words{"--epochs", "4"});
  const std::string whole = run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out;
  trains(flags + Words{"--epochs", "2"});
  trains(flags + Words{"--epochs", "4", "--resume"});
  EXPECT_EQ(run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out, whole);
  // An ensemble that was trained before keeps its members.
  write("start.onnx", read("out/model.onnx"));
  trains({"--target", "income", "--init", "start.onnx", "--validation", "folds", "--epochs", "1"});
  const nlohmann::json layers = json_of({"inspect", "out/model.onnx", "--json"}).at("layers");
  EXPECT_EQ(layers.back().at("name"), "average_1");
}

TEST_F(TrainTable, RefusesFoldsWithoutMembers) {
  write_people("t.csv");
  const auto refuses = [&](const Words& more, const Words& parts) {
    const ProcessResult result = train(Words{"--target", "income"} + more);
    EXPECT_EQ(result.code, 2) << result.err;
    contains(result.err, parts);
  };
  refuses({"--layers", "4,1:sigmoid", "--validation", "folds"}, {"single network", "--members N"});
  refuses({"--members", "0"}, {"--members", "1"});
  refuses({"--validation", "folds", "--split", "last"}, {"--split last", "expected one of them"});
  refuses({"--members", "101"}, {"--members", "100"});
  trains({"--target", "income", "--layers", "4,1:sigmoid"});
  write("start.onnx", read("out/model.onnx"));
  refuses({"--init", "start.onnx", "--members", "2"}, {"--members", "--init"});
  refuses({"--layers", "4,1:sigmoid", "--members", "5", "--validation", "folds", "--group", "city"},
          {"4 groups for 5 parts"});
}

TEST_F(TrainTable, AReportOfAnEnsembleIsAboutRowsThatAMemberHasNotSeen) {
  write_people("t.csv");
  trains({"--target", "income", "--epochs", "2", "--validation", "folds", "--report"});
  contains(read("out/report.html"), {"each judged by the member of the ensemble that has not learned from it"});
  EXPECT_EQ(run({"report", "out", "--data", "t.csv", "--seconds", "1"}).code, 0);
  contains(read("out/report.html"), {"each judged by the member of the ensemble that has not learned from it"});
  trains({"--target", "income", "--epochs", "2", "--members", "3", "--group", "city", "--validation", "folds"});
  EXPECT_EQ(run({"report", "out", "--data", "t.csv", "--seconds", "1"}).code, 0);
  contains(read("out/report.html"), {"each judged by the member of the ensemble that has not learned from it"});
}

TEST_F(TrainTable, WhatWasChosenIsNotSaidQuietly) {
  write_people("t.csv");
  const std::string notes = notes_of({"--target", "income", "--quiet", "--epochs", "1"});
  EXPECT_EQ(notes.find("chosen"), std::string::npos) << notes;
}

TEST_F(TrainTable, LargeTargetsTrainWithDefaults) {
  std::string text = "rooms,age,price\n";
  for (int r = 0; r < 400; ++r) {
    const int rooms = 1 + r * 7 % 9, age = r * 31 % 60;
    text += std::to_string(rooms) + "," + std::to_string(age) + "," +
            std::to_string(120000 + 40000 * rooms - 1500 * age) + "\n";
  }
  write("t.csv", text);
  contains(notes_of({"--target", "price", "--metrics", "r2"}), {"--loss mean_squared_error"});
  EXPECT_GT(json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--json"}).at("r2").get<double>(), 0.95);
  // The metric is in the target's own unit, the loss is not.
  const auto error =
      json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--metrics", "mean_absolute_error", "--json"});
  EXPECT_GT(error.at("mean_absolute_error").get<double>(), 100);
  EXPECT_LT(error.at("loss").get<double>(), 1);
}

TEST_F(TrainTable, TheTaskFollowsTheTargetTheLossOrTheLastLayer) {
  std::string text = "x,grade\n";
  for (int r = 0; r < 120; ++r) text += std::to_string(r % 17) + "," + std::to_string(1 + r % 3) + "\n";
  write("t.csv", text);
  const auto loss_of = [&](const Words& more) {
    const std::string notes = notes_of(Words{"--target", "grade", "--epochs", "1"} + more);
    const std::size_t at = notes.find("--loss ");
    return at == std::string::npos ? notes : notes.substr(at + 7, notes.find_first_of(" \n", at + 7) - at - 7);
  };
  EXPECT_EQ(loss_of({}), "sparse_categorical_crossentropy") << "three whole numbers that recur";
  EXPECT_EQ(loss_of({"--task", "regression"}), "mean_squared_error");
  EXPECT_EQ(loss_of({"--layers", "8:relu,1"}), "mean_squared_error") << "one linear unit";
  EXPECT_EQ(loss_of({"--layers", "8:relu,3:softmax"}), "sparse_categorical_crossentropy");
  EXPECT_EQ(loss_of({"--layers", "8:relu,3"}), "sparse_categorical_crossentropy:from_logits=true");
  EXPECT_EQ(train({"--target", "grade", "--task", "class"}).code, 2);
}

TEST_F(TrainTable, ClassesMayStartAtOne) {
  write("t.csv", "a,b,species\n1,2,1\n2,3,2\n3,4,3\n1,5,1\n2,2,2\n3,1,3\n");
  run_well({"train", "--data", "t.csv", "--target", "species", "--layers", "4:relu,3:softmax", "--loss",
            "sparse_categorical_crossentropy", "--out", "out"});
  EXPECT_EQ(lines_of(run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out).at(0),
            "1,2,3,prediction");
}

TEST_F(TrainTable, AClassWithoutTrainingRowsIsNamed) {
  std::string text = "p,q,kind\n";
  for (int r = 0; r < 50; ++r)
    text += std::to_string(r % 7) + "," + std::to_string(r % 5) + ",shoe" + std::to_string(r / 10) + "\n";
  write("t.csv", text);
  const Words words{"--target", "kind", "--layers", "8:relu,5:softmax", "--validation", "0.2"};
  contains(notes_of(words),
           {"no training row of class 'shoe4', which has 10 validation rows: the rows are sorted by class; "
            "--split stratified takes a share of every class"});
  EXPECT_EQ(notes_of(words + Words{"--split", "stratified"}).find("no training row"), std::string::npos);
}

TEST_F(TrainTable, GroupsAndTimesSplitTheRows) {
  write_people("t.csv");
  const Words words{"--target", "income", "--epochs", "2", "--validation", "0.25"};
  static_cast<void>(notes_of(words + Words{"--group", "city"}));
  const std::string model = run_well({"inspect", "out/model.onnx"}).out;
  EXPECT_EQ(model.find("city"), std::string::npos) << "the column of groups is no feature";
  static_cast<void>(notes_of(words + Words{"--time", "joined"}));
  static_cast<void>(notes_of(words + Words{"--split", "random"}));
  const auto refuses_split = [&](const Words& more, const std::string& part) {
    const ProcessResult result = train(Words{"--target", "income", "--epochs", "1"} + more);
    EXPECT_EQ(result.code, 2) << result.err;
    contains(result.err, {part});
  };
  refuses_split({"--group", "city"}, "expected --validation FRACTION too");
  refuses_split({"--validation", "0.2", "--split", "group"}, "expected --group COLUMN too");
  refuses_split({"--validation", "0.2", "--split", "last", "--time", "joined"}, "--time and --split last both say");
  refuses_split({"--validation", "0.2", "--group", "city", "--time", "joined"}, "expected one of them");
  refuses_split({"--validation", "0.2", "--time", "city"}, "expected dates or numbers");
  refuses_split({"--validation", "0.2", "--group", "town"}, "unknown column 'town'");
}

TEST_F(TrainTable, ValidationRowsMayComeFromAFile) {
  write_people("t.csv");
  write_people("v.csv", 30, "person,33,city9,no,2024-01-01,earth,low\n");
  const nlohmann::json result = json_of({"train", "--data", "t.csv", "--target", "income", "--out", "out", "--epochs",
                                         "3", "--validation", "v.csv", "--json"});
  EXPECT_TRUE(result.at("validation").contains("accuracy"));
  write("n.csv", "a,b,label\n1,2,no\n2,3,yes\n3,4,no\n4,5,yes\n");
  static_cast<void>(json_of({"train", "--data", "n.csv", "--target", "label", "--out", "numbers", "--epochs", "3",
                             "--validation", "n.csv", "--json"}));
  refuses({"train", "--data", "t.csv", "--target", "income", "--out", "o", "--validation", "v.npy"}, 2,
          {"expected both to be text"});
  refuses({"train", "--data", "t.csv", "--target", "income", "--out", "o", "--validation", "2"}, 2,
          {"--validation is 2"});
}

TEST_F(TrainTable, OfSeveralTargetsNoneIsTexts) {
  write_people("t.csv");
  refuses({"train", "--data", "t.csv", "--out", "out", "--target", "age,income", "--layers", "4:relu,2"}, 3,
          {"[train] column 'income' of t.csv, one of several targets, holds texts such as 'high', expected numbers; "
           "classes are the target of an output of their own, by [outputs.NAME] in the file of --config"});
  // A slip among numbers is still named by its line.
  write("u.csv", "x,y,z\n1,2,3\n2,oops,4\n3,4,5\n");
  refuses({"train", "--data", "u.csv", "--out", "out", "--target", "y,z", "--layers", "4:relu,2"}, 3,
          {"u.csv", "line 3", "'oops' is not a number"});
}

TEST_F(TrainTable, ASchemaIsHandedBack) {
  write_people("t.csv");
  write("schema.toml", run_well({"schema", "--data", "t.csv", "--target", "income"}).out);
  static_cast<void>(notes_of({"--schema", "schema.toml", "--target", "income", "--epochs", "1"}));
  static_cast<void>(notes_of({"--schema", "schema.toml", "--epochs", "1"}));  // the label is the target
  write("some.toml",
        "[columns.age]\nkind = \"number\"\nmissing = 0\nscale = \"robust\"\n[columns.city]\nkind = \"ignore\"\n");
  static_cast<void>(notes_of({"--schema", "some.toml", "--target", "income", "--epochs", "1"}));
  EXPECT_EQ(run_well({"inspect", "out/model.onnx"}).out.find("city"), std::string::npos);
  write("run.toml", "target = \"income\"\nepochs = 1\n[columns.age]\nscale = \"minmax\"\n");
  static_cast<void>(notes_of({"--config", "run.toml"}));
}

TEST_F(TrainTable, ASchemaThatContradictsTheFileIsRefusedByName) {
  write_people("t.csv");
  const auto refuses_schema = [&](const std::string& schema, int code, const Words& parts) {
    write("s.toml", schema);
    refuses({"train", "--data", "t.csv", "--target", "income", "--schema", "s.toml", "--out", "o"}, code, parts);
  };
  refuses_schema("[columns.height]\nkind = \"number\"\n", 2, {"unknown column 'height'"});
  refuses_schema("[columns.city]\nkind = \"number\"\n", 3, {"'city'", "is not a number"});
  refuses_schema("[columns.city]\nkind = \"town\"\n", 2, {"s.toml", "line 1", "unknown kind 'town'", "category"});
  refuses_schema("[columns.age]\nscales = \"robust\"\n", 2, {"s.toml", "unknown option 'scales'", "scale"});
  refuses_schema("[columns.age]\nkind = \"label\"\n", 2, {"'age' the kind label", "--target is 'income'"});
  refuses_schema("epochs = 3\n", 2, {"s.toml", "unknown key 'epochs'"});
}

TEST_F(TrainTable, WordsForAllColumns) {
  write_people("t.csv");
  for (const Words& words : {Words{"--missing", "mean"}, Words{"--missing", "0"}, Words{"--scale", "quantile"},
                             Words{"--scale", "none"}, Words{"--encode", "embedding"}, Words{"--encode", "ordinal"}})
    static_cast<void>(notes_of(words + Words{"--target", "income", "--epochs", "1"}));
  refuses({"train", "--data", "t.csv", "--target", "income", "--out", "o", "--scale", "tall"}, 2, {"tall", "robust"});
  refuses({"train", "--data", "t.csv", "--target", "income", "--out", "o", "--missing", "refuse"}, 3, {"'age'"});
}

TEST_F(TrainTable, EverythingInTheWayIsSaidAtOnce) {
  write("t.csv",
        "when,a,later,y\n1700000001,1,1700000011,1.5\n1700000002,2,1700000012,2.5\n1700000003,3,1700000013,3.5\n");
  refuses({"train", "--data", "t.csv", "--target", "y", "--out", "o"}, 3,
          {"2 columns cannot be used", "'when'", "'later'", "--ignore when,later"});
}

TEST_F(TrainTable, TextInANumericTargetIsNamedWithTheFlagThatReadsIt) {
  std::string text = "x,rev\n";
  for (int r = 0; r < 60; ++r) text += std::to_string(r) + ",\"" + std::to_string(1 + r % 9) + ",154.77\"\n";
  write("t.csv", text);
  refuses({"train", "--data", "t.csv", "--target", "rev", "--layers", "4:relu,1", "--loss", "mse", "--out", "o"}, 3,
          {"column 'rev'", "line 2", "'1,154.77'", "thousands"});
}

TEST_F(TrainTable, ManyTextsThatAreNumbersInAnotherFormAreNoClasses) {
  std::string text = "x,rate\n";
  for (int r = 0; r < 60; ++r) text += std::to_string(r) + "," + std::to_string(r) + ".5%\n";
  write("t.csv", text);
  refuses({"train", "--data", "t.csv", "--target", "rate", "--out", "o"}, 3,
          {"column 'rate' of t.csv as the target", "'0.5%'", "percent", "--task classification"});
}

TEST_F(TrainTable, AFewStrayCellsInNumbersAreMissing) {
  std::string text = "x,y\n";
  for (int r = 0; r < 60; ++r) text += (r == 17 ? "oops" : std::to_string(r)) + "," + std::to_string(r * 2) + ".5\n";
  write("t.csv", text);
  contains(notes_of({"--target", "y", "--epochs", "1"}),
           {"column 'x': 1 cell is taken for missing, the first in line 19: 'oops' is not a number"});
}

TEST_F(TrainTable, LabelsThatAreTheSameNumberAreNamed) {
  std::string text = "a,y\n";
  for (int i = 0; i < 60; ++i) text += std::to_string(i) + (i % 3 == 0 ? ",001\n" : i % 3 == 1 ? ",1\n" : ",2\n");
  write("t.csv", text);
  const ProcessResult result = run_well({"train", "--data", "t.csv", "--target", "y", "--out", "out", "--epochs", "1"});
  EXPECT_NE(result.err.find("column 'y': the labels 001, 1 are one class, 1"), std::string::npos) << result.err;
}

// A part of a few rows says nothing about others, so none is held out.
TEST_F(TrainTable, AFewRowsTrainWithoutFlags) {
  std::string text = "a,b,y\n";
  for (int rows = 1; rows <= 12; ++rows) {
    text += std::to_string(rows * 7 % 5) + "," + std::to_string(rows * 3 % 4) + "," + std::to_string(rows) + ".5\n";
    write("t.csv", text);
    const std::string notes = notes_of({"--target", "y"});
    EXPECT_EQ(notes.find("--validation") == std::string::npos, rows < 10) << rows << ": " << notes;
    EXPECT_EQ(notes.find("--early-stopping") == std::string::npos, rows < 10) << rows << ": " << notes;
  }
  write("t.csv", "a,b,y\n1,2,no\n3,4,yes\n");
  trains({"--target", "y"});
  refuses({"train", "--data", "t.csv", "--target", "y", "--out", "o", "--members", "5", "--validation", "folds"}, 2,
          {"5 parts of 2 rows, expected a row for each part: 5 rows or more, or fewer parts"});
}

TEST_F(TrainTable, RowsWithoutATargetAreLeftOut) {
  write_people("t.csv", 100, "x,30,city1,yes,2024-01-01,earth,\n");
  contains(notes_of({"--target", "income", "--epochs", "1"}), {"1 row has no target and is left out"});
  write("t.csv", "a,y\n1,\n2,NA\n");
  refuses({"train", "--data", "t.csv", "--target", "y", "--out", "o"}, 3, {"'y'", "has no value in any row"});
}

TEST_F(TrainTable, RefusesSettingsOfColumnsForAnArray) {
  write("x.npy", "");
  refuses({"train", "--data", "x.npy", "--target", "y.npy", "--out", "o", "--schema", "s.toml"}, 2, {"s.toml"});
  refuses({"train", "--data", "x.npy", "--target", "y.npy", "--out", "o", "--group", "g", "--validation", "0.5"}, 2,
          {"have no names"});
  refuses({"train", "--data", "x.npy", "--target", "y.npy", "--out", "o", "--scale", "robust"}, 2,
          {"standard or none for an array"});
}

}  // namespace

}  // namespace millrace::test
