// SPDX-License-Identifier: Apache-2.0
//
// Models that take tables with columns of any kind.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "millrace/millrace.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;

constexpr const char* header = "age,city,member,since,plan,price\n";

// 300 rows of people; price depends on all columns but `since`. Some cells are missing.
std::string people(std::int64_t rows = 300) {
  const std::vector<std::string> cities{"Rome", "Oslo", "Lima", "Bern", "Kiel", "Nice",
                                        "Bonn", "Graz", "Cork", "Lyon", "Gent", "Brno"};
  std::string text = header;
  Random random(3, RandomStream::noise);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto age = static_cast<std::int64_t>(random.below(60) + 20),
               city = static_cast<std::int64_t>(random.below(12));
    const bool member = random.below(2) == 1, no_age = random.below(10) == 0, no_city = random.below(15) == 0;
    const std::int64_t plan = static_cast<std::int64_t>(random.below(3)) * 10;
    text += (no_age ? "" : std::to_string(age)) + "," + (no_city ? "NA" : cities[city]) + "," +
            (member ? "yes" : "No") + ",20" + std::to_string(10 + random.below(10)) + "-0" +
            std::to_string(1 + random.below(9)) + "-15," + std::to_string(plan) + "," +
            std::to_string(200000 + 3000 * age + 10000 * city + (member ? 50000 : 0) + 100 * plan) + "\n";
  }
  return text;
}

class Tables : public testing::Test {
 protected:
  std::string file(const std::string& text, const std::string& name = "people.csv") {
    const std::string path = folder_.file(name);
    test::write_text(path, text);
    return path;
  }
  Table read(const std::string& text) {
    return read_table(file(text), {.target = "price", .kinds = {{"plan", ColumnKind::category}}});
  }
  Model trained(const Table& table, std::int64_t epochs = 3) {
    Model model{Dense{.units = 16, .activation = "relu"}, Dense{.units = 1}};
    model.prepare(table, {.target = {"price"}});
    const Dataset data = model.prepared(table);
    model.scale_target(data);
    model.compile({.optimizer = Adam{.learning_rate = 0.01},
                   .loss = MeanSquaredError{},
                   .metrics = {"r2", "mean_absolute_error"}});
    model.fit(data, {.epochs = epochs, .seed = 1});
    return model;
  }
  test::TemporaryDirectory folder_;
};

TEST_F(Tables, TrainOnColumnsOfEveryKind) {
  const Table table = read(people());
  const Model model = trained(table, 60);
  const Evaluation evaluation = model.evaluate(model.prepared(table));
  EXPECT_GT(evaluation["r2"], 0.9);
  EXPECT_LT(evaluation["mean_absolute_error"], 40000) << "in the unit of the target";
  EXPECT_GT(evaluation["mean_absolute_error"], 100) << "in the unit of the target";
  EXPECT_LT(evaluation.loss, 0.1) << "of the scaled target";
  const Matrix outputs = model.predict(table);
  double mean = 0;
  for (std::int64_t row = 0; row < outputs.rows(); ++row) mean += static_cast<double>(*outputs.row(row));
  EXPECT_NEAR(mean / static_cast<double>(outputs.rows()), 430000, 40000);
}

TEST_F(Tables, HaveOneEmbeddingPerCategoryOfManyLevels) {
  const Model model = trained(read(people()), 1);
  EXPECT_NO_THROW(static_cast<void>(model.weights("city_embedding/embeddings")));
  expect_error(ErrorKind::usage, {"unknown parameter"},
               [&] { static_cast<void>(model.weights("plan_embedding/embeddings")); });
}

TEST_F(Tables, PredictRawCellsAsRowsOfATable) {
  const Table table = read(people());
  const Model model = trained(table);
  const std::vector<TableColumn> columns = model.table_columns();
  // Each says where its prepared columns begin: those of the city, an embedding, after all others.
  const std::vector<std::string> prepared = model.prepared(table).feature_names;
  for (const TableColumn& column : columns)
    EXPECT_TRUE(prepared.at(column.place).starts_with(column.name)) << column.name;
  ASSERT_EQ(columns.size(), 5U);
  EXPECT_EQ(columns[1].name, "city");
  const Table rows =
      read(std::string(header) + "33,Oslo,yes,2015-03-15,10,0\n,Atlantis,NO,2015-03-15,,0\n51,,y,2015-03-15,7,0\n");
  const double seconds = 1426377600;
  const std::vector<Cell> cells{33.0,    "Oslo", "yes", seconds, "10", {},      "Atlantis", "NO",
                                seconds, {},     51.0,  {},      "y",  seconds, 7.0};
  const Matrix wanted = model.predict(rows), found = model.predict(cells);
  ASSERT_EQ(found.rows(), 3);
  for (std::int64_t row = 0; row < 3; ++row) EXPECT_EQ(*found.row(row), *wanted.row(row)) << row;
}

// Blanks around the texts, which a file does not count, change nothing.
TEST_F(Tables, TakeTextsInMemoryAsThoseOfAFile) {
  const Table table = read(people());
  const Model model = trained(table);
  const Table rows = read(std::string(header) + "33, Oslo ,yes ,2015-03-15,10,0\n33,,yes,2015-03-15,10,0\n");
  const double seconds = 1426377600;
  const Table memory = TableBuilder()
                           .numbers("age", std::vector<double>{33, 33})
                           .texts("city", {" Oslo\t", "  "})
                           .levels("member", std::vector<std::string>{" yes"}, std::vector<std::int32_t>{0, 0})
                           .dates("since", std::vector<double>{seconds, seconds})
                           .texts("plan", {"10 ", " 10"})
                           .finish({.kinds = {{"member", ColumnKind::boolean}}});
  const std::vector<Cell> cells{33.0, " Oslo\t", "yes ", " 2015-03-15", "10 ", 33.0, " ", " yes", seconds, " 10"};
  const Matrix wanted = model.predict(rows), found = model.predict(memory), of_cells = model.predict(cells);
  for (std::int64_t row = 0; row < 2; ++row) {
    EXPECT_EQ(*found.row(row), *wanted.row(row)) << row;
    EXPECT_EQ(*of_cells.row(row), *wanted.row(row)) << row;
  }
}

TEST_F(Tables, FindBooleansAmongTheLevelsOfACategory) {
  std::string text = "member,price\n";
  for (int row = 0; row < 40; ++row) text += row % 2 == 0 ? "True,1\n" : "False,3\n";
  const Table table = read_table(file(text), {.target = "price", .kinds = {{"member", ColumnKind::category}}});
  Model model{Dense{.units = 1}};
  model.prepare(table, {.target = {"price"}});
  const Table memory = TableBuilder().booleans("member", std::vector<std::int8_t>{1, 0}).finish();
  const Dataset found = model.prepared(memory), wanted = model.prepared(table);
  for (std::int64_t row = 0; row < 2; ++row)
    for (std::int64_t c = 0; c < wanted.features.columns; ++c)
      EXPECT_EQ(found.features.row(row)[c], wanted.features.row(row)[c]) << row << ", " << c;
}

// A quoted cell keeps its blanks.
TEST_F(Tables, FindLevelsAndClassesThatHaveBlanksAround) {
  std::string text = "colour,kind\n";
  for (int row = 0; row < 40; ++row) text += row % 2 == 0 ? "\" red\",\"cat \"\n" : "blue,dog\n";
  const Table table = read_table(file(text), {.target = "kind"});
  Model model{Dense{.units = 1, .activation = "sigmoid"}};
  model.prepare(table, {.target = {"kind"}});
  model.compile({.optimizer = Adam{.learning_rate = 0.1}, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
  model.fit(model.prepared(table), {.epochs = 60});
  const Table memory =
      TableBuilder().texts("colour", {" red", "blue"}).texts("kind", {"cat ", "dog"}).finish({.target = "kind"});
  EXPECT_EQ(model.evaluate(model.prepared(memory))["accuracy"], 1);
}

TEST_F(Tables, KeepTheirPreparationInACheckpoint) {
  const Table table = read(people());
  const Model model = trained(table);
  const Model restored = Model::load_checkpoint(model.checkpoint_bytes());
  const Matrix wanted = model.predict(table), found = restored.predict(table);
  for (std::int64_t row = 0; row < wanted.rows(); ++row) ASSERT_EQ(*found.row(row), *wanted.row(row)) << row;
  EXPECT_EQ(restored.evaluate(restored.prepared(table)).loss, model.evaluate(model.prepared(table)).loss);
  EXPECT_EQ(restored.table_options().kinds.at("city"), ColumnKind::category);
}

TEST_F(Tables, GoOnWithThePreparationOfAnotherModel) {
  const Table table = read(people());
  const Model first = trained(table);
  Model next(first.graph());
  next.copy_preparation(first);
  next.build(next.prepared(table), 7);
  next.copy_weights(first);
  EXPECT_EQ(*next.predict(table).row(9), *first.predict(table).row(9));
}

TEST_F(Tables, GiveTheSameBitsForAnyNumberOfThreads) {
  const Table table = read(people());
  std::vector<float> first;
  for (const int threads : {1, 2, 3, 8}) {
    Model model{Dense{.units = 8, .activation = "relu"}, Dense{.units = 1}};
    model.prepare(table, {.target = {"price"}, .threads = threads});
    const Dataset data = model.prepared(table, threads);
    model.scale_target(data, "log1p").compile({.optimizer = Adam{}, .loss = MeanSquaredError{}});
    model.fit(data, {.epochs = 3, .seed = 5, .threads = threads});
    const std::vector<float> weights = model.weights("dense_1/kernel");
    if (first.empty()) first = weights;
    EXPECT_EQ(weights, first) << threads << " threads";
  }
}

TEST_F(Tables, LearnWhatToAnswerForACategoryNeverSeen) {
  const Table table = read(people());
  Model model{Dense{.units = 4, .activation = "relu"}, Dense{.units = 1}};
  model.prepare(table, {.target = {"price"}, .hidden_categories = 0.2});
  const Dataset data = model.prepared(table);
  model.scale_target(data).compile({.optimizer = Adam{.learning_rate = 0.01}, .loss = MeanSquaredError{}});
  model.build(data, 1);
  const std::vector<float> before = model.weights("city_embedding/embeddings");
  model.fit(data, {.epochs = 2, .seed = 1});
  const std::vector<float> after = model.weights("city_embedding/embeddings");
  EXPECT_NE(after[0], before[0]) << "slot 0 is for categories never seen";
}

TEST_F(Tables, PrepareOnlyWithTrainingRows) {
  const Table table = read(people());
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < 100; ++row) rows.push_back(row);
  Model some{Dense{.units = 1}}, first{Dense{.units = 1}};
  some.prepare(table, {.target = {"price"}}, rows);
  first.prepare(read(people(100)), {.target = {"price"}});
  const Dataset a = some.prepared(table), b = first.prepared(table);
  EXPECT_EQ(a.feature_names, b.feature_names);
  for (std::int64_t row = 0; row < a.features.rows; ++row) {
    for (std::int64_t column = 0; column < a.features.columns; ++column)
      ASSERT_EQ(a.features.row(row)[column], b.features.row(row)[column]) << row << " " << a.feature_names[column];
  }
}

TEST_F(Tables, LeaveOutColumnsThatSayNothing) {
  std::string text = "id,same,x,y\n";
  for (int row = 0; row < 40; ++row)
    text += "n" + std::to_string(row) + ",1," + std::to_string(row % 7) + "," + std::to_string(row * 1.5) + "\n";
  const Table table = read_table(file(text), {.target = "y"});
  Model model{Dense{.units = 1}};
  const std::vector<std::string> notes = sentences(model.prepare(table, {.target = {"y"}}));
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_NE(notes[0].find("'id' is left out: nearly every row has a category of its own (40 in 40 rows)"),
            std::string::npos)
      << notes[0];
  EXPECT_NE(notes[1].find("'same' is left out: all training rows have the same value"), std::string::npos) << notes[1];
  EXPECT_EQ(model.table_columns().size(), 1U);
}

// What shows the order is a date of training, or else the dates to predict from.
TEST_F(Tables, KeepTheOrderOfMonthAndDay) {
  const auto dated = [&](const std::string& form, const std::string& last) {
    std::string text = "since,price\n";
    for (int row = 1; row < 12; ++row) {
      const std::string number = std::to_string(row), of_two = (row < 10 ? "0" : "") + number;
      text += (form == "iso" ? "2023-" + of_two + "-01" : "1/" + number + "/2023") + "," + number + "\n";
    }
    return read_table(file(text + last + ",12\n"), {.target = "price"});
  };
  const auto since = [&](const std::string& cells, const TableOptions& options = {}) {
    return read_table(file("since\n" + cells, "new.csv"), options);
  };
  // The rows to predict have no price.
  const auto options_of = [](const Model& model) {
    TableOptions options = model.table_options();
    options.target.clear();
    options.kinds.erase("price");
    return options;
  };
  const Model day_first = trained(dated("day first", "31/12/2023"), 1), iso = trained(dated("iso", "2023-12-31"), 1);
  EXPECT_EQ(day_first.table_options().date_orders.at("since"), DateOrder::day_first);
  EXPECT_TRUE(iso.table_options().date_orders.empty());

  const float expected = *day_first.predict(since("2023-07-02\n2023-07-03\n")).row(0);
  const std::string unclear = "2/7/2023\n3/7/2023\n";
  EXPECT_EQ(*day_first.predict(since(unclear, options_of(day_first))).row(0), expected);
  EXPECT_EQ(*day_first.predict(since(unclear, {.format = {.date_order = DateOrder::day_first}})).row(0), expected);
  expect_error(ErrorKind::usage,
               {"'since' fit both orders", "month first", "day first as in training", "--date-order day_first"},
               [&] { static_cast<void>(day_first.predict(since(unclear))); });
  EXPECT_EQ(*day_first.predict(since("7/2/2023\n7/31/2023\n")).row(0), expected) << "these show another order";

  const float first = *iso.predict(since("2023-07-02\n2023-07-03\n")).row(0);
  EXPECT_EQ(*iso.predict(since("2/7/2023\n31/7/2023\n", options_of(iso))).row(0), first);
  EXPECT_EQ(*iso.predict(since("7/2/2023\n7/31/2023\n", options_of(iso))).row(0), first);
  expect_error(ErrorKind::data, {"'2/7/2023' has the month or the day first", "expected the year first"}, [&] {
    const std::vector<Cell> cells{"2/7/2023"};
    static_cast<void>(iso.predict(cells));
  });
}

// In a table that is read for the model, and in cells.
TEST_F(Tables, TellTimesOfTheDayFromDates) {
  std::string text = "at,price\n";
  for (int hour = 0; hour < 24; ++hour) text += std::to_string(hour) + ":30," + std::to_string(hour) + "\n";
  const Model model = trained(read_table(file(text), {.target = "price"}), 1);
  EXPECT_TRUE(model.table_options().times.at("at"));
  const std::vector<Cell> time{"1:30 PM"}, date{"2024-05-31 13:30"};
  const Table table = read_table(file("at\n13:30\n"), {.kinds = {{"at", ColumnKind::date}}, .times = {{"at", true}}});
  EXPECT_EQ(*model.predict(time).row(0), *model.predict(table).row(0));
  expect_error(ErrorKind::data, {"'2024-05-31 13:30' is not a date"}, [&] { static_cast<void>(model.predict(date)); });
  expect_error(ErrorKind::data, {"line 2, column 'at': '2024-05-31 13:30' is a date, expected a time of a day"}, [&] {
    TableOptions options = model.table_options();
    options.target.clear();
    options.kinds.erase("price");
    static_cast<void>(read_table(file("at\n2024-05-31 13:30\n"), options));
  });
}

// They are numbers of seconds, which do not say which of the two they are.
TEST_F(Tables, TellTimesOfTheDayFromDatesInMemory) {
  const auto at = [](const std::vector<double>& seconds) {
    return TableBuilder("frame").dates("at", seconds).finish();
  };
  const auto model_of = [](const std::vector<double>& seconds) {
    const std::vector<double> price{1, 2, 4};
    const Table table = TableBuilder().dates("at", seconds).numbers("price", price).finish({.target = "price"});
    Model model{Dense{.units = 1}};
    model.prepare(table, {.target = {"price"}});
    model.build(model.prepared(table));
    return model;
  };
  const Model of_times = model_of({3600, 7200, 50400}), of_dates = model_of({1.70e9, 1.71e9, 1.72e9});
  const double none = std::nan("");
  EXPECT_EQ(of_times.predict(at({0, none, 86399.5})).rows(), 3);
  EXPECT_EQ(of_dates.predict(at({3600, none, 1.70e9})).rows(), 3) << "a date of 1970 among others";
  EXPECT_EQ(of_dates.predict(at({0})).rows(), 1) << "a birth on the first day of 1970";
  expect_error(ErrorKind::usage, {"[frame] column 'at', row 2 has a date, expected a time of a day as in training"},
               [&] {
                 return of_times.predict(at({3600, 86400}));
               });
  expect_error(ErrorKind::usage, {"[frame] column 'at' holds times of a day, expected dates as in training"}, [&] {
    return of_dates.predict(at({0, 3600}));
  });
}

TEST_F(Tables, RefuseWhatDoesNotFit) {
  const Table table = read(people());
  const Model model = trained(table, 1);
  expect_error(ErrorKind::usage, {"city"},
               [&] { static_cast<void>(model.predict(read_table(file("age,town\n1,Rome\n")))); });
  expect_error(ErrorKind::usage, {"is of kind category, expected date"}, [&] {
    static_cast<void>(
        model.predict(read_table(file("age,city,member,since,plan\n1,Rome,yes,once,10\n2,Rome,no,never,10\n"))));
  });
  expect_error(ErrorKind::usage, {"column 'age' holds texts, such as '30', expected numbers as in training"}, [&] {
    const TableOptions texts{.kinds = {{"age", ColumnKind::category}}, .format = {}};
    static_cast<void>(
        model.predict(read_table(file("age,city,member,since,plan\n30,Rome,yes,2020-01-01,10\n"), texts)));
  });
  expect_error(ErrorKind::data, {"'abc' is not a number"}, [&] {
    const std::vector<Cell> cells{"abc", "Rome", "yes", 0.0, 10.0};
    static_cast<void>(model.predict(cells));
  });
  expect_error(ErrorKind::usage, {"expected rows of 5 cells"}, [&] {
    const std::vector<Cell> cells{1.0};
    static_cast<void>(model.predict(cells));
  });
  Model matrix{Dense{.units = 1}};
  matrix.build(3);
  expect_error(ErrorKind::usage, {"takes no table"}, [&] { static_cast<void>(matrix.predict(table)); });
  expect_error(ErrorKind::usage, {"built or prepared already"}, [&] { matrix.prepare(table, {.target = {"price"}}); });
  Model other{Dense{.units = 1}};
  expect_error(ErrorKind::usage, {"row 300 for training, expected 0 to 299"},
               [&] { other.prepare(table, {.target = {"price"}}, std::vector<std::int64_t>{300}); });
  expect_error(ErrorKind::usage, {"column"}, [&] { other.prepare(table, {.target = {"prize"}}); });
  expect_error(ErrorKind::usage, {"median, mean, most_frequent, refuse"},
               [&] { other.prepare(table, {.target = {"price"}, .all = {.missing = "medium"}}); });
  expect_error(ErrorKind::data, {"missing = \"refuse\""},
               [&] { other.prepare(table, {.target = {"price"}, .all = {.missing = "refuse"}}); });
  expect_error(ErrorKind::usage, {"encoding"},
               [&] { other.prepare(table, {.target = {"price"}, .all = {.encode = "onehots"}}); });
  for (const double share : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()})
    expect_error(ErrorKind::usage, {"[prepare] hidden_categories is ", ", expected 0 or more and below 1"},
                 [&] { other.prepare(table, {.target = {"price"}, .hidden_categories = share}); });
}

TEST_F(Tables, RefuseTextsThatAreNotUtf8) {
  // A level of one row has no name of its own among the prepared columns.
  const std::array numbers{0.0, 1.0, 0.0, 1.0};
  const std::string text = "[prepare] column 'a' of people has texts that are not UTF-8, expected UTF-8";
  const Table table =
      TableBuilder("people").texts("a", {"gr\xF6n", "b", "b", "c"}).numbers("y", numbers).finish({.target = "y"});
  Model feature{Dense{.units = 1}}, target{Dense{.units = 1}};
  expect_error(ErrorKind::data, {text}, [&] { feature.prepare(table, {.target = {"y"}}); });
  expect_error(ErrorKind::data, {text}, [&] { target.prepare(table, {.target = {"a"}}); });
}

TEST_F(Tables, RefuseATargetThatIsNotNamed) {
  const Table table = read_table(file("a,y\n1,p\n2,q\n"), {.target = "y"});
  Model model{Dense{.units = 1}};
  expect_error(ErrorKind::usage, {"[prepare] column 'y' of ", "expected its name in PrepareOptions::target"},
               [&] { model.prepare(table); });
}

TEST_F(Tables, TakeClassesByName) {
  std::string text = "size,kind\n";
  for (int row = 0; row < 60; ++row)
    text += std::to_string(row % 3 + row % 2 * 0.1) + "," +
            (row % 3 == 0   ? "cat"
             : row % 3 == 1 ? "dog"
                            : "owl") +
            "\n";
  const Table table = read_table(file(text), {.target = "kind"});
  Model model{Dense{.units = 3, .activation = "softmax"}};
  model.prepare(table, {.target = {"kind"}});
  model.compile(
      {.optimizer = Adam{.learning_rate = 0.1}, .loss = SparseCategoricalCrossentropy{}, .metrics = {"accuracy"}});
  model.fit(model.prepared(table), {.epochs = 60});
  const Table owls = read_table(file("kind,size\nowl,2.1\nowl,2.0\n"), {.target = "kind"});
  EXPECT_EQ(model.evaluate(model.prepared(owls))["accuracy"], 1);
  const Table foxes = read_table(file("kind,size\nfox,2.1\nowl,2.0\n"), {.target = "kind"});
  expect_error(ErrorKind::data, {"'fox' is no class of the model"}, [&] { static_cast<void>(model.prepared(foxes)); });
}

// What kind a column without a value has is inferred from nothing.
TEST_F(Tables, TakeAColumnWithoutAValueForAnyKind) {
  const Model model = trained(read(people()), 1);
  const Matrix wanted = model.predict(std::vector<Cell>{{}, {}, {}, {}, {}});
  EXPECT_EQ(*model.predict(read_table(file(std::string(header) + ",,,,,\n"))).row(0), *wanted.row(0));
  const std::vector<double> none{NAN}, no_date{NAN};
  const std::vector<std::int8_t> no_boolean{-1};
  const Table other = TableBuilder("other")
                          .dates("age", no_date)
                          .booleans("city", no_boolean)
                          .numbers("member", none)
                          .texts("since", {std::nullopt})
                          .booleans("plan", no_boolean)
                          .finish({});
  EXPECT_EQ(*model.predict(other).row(0), *wanted.row(0));
  const Table half = read_table(file(std::string(header) + "30,Rome,yes,,10,\n40,Oslo,no,,20,\n"));
  EXPECT_EQ(half.column("since").kind, ColumnKind::number);
  EXPECT_EQ(model.predict(half).rows(), 2);
}

}  // namespace
}  // namespace millrace
