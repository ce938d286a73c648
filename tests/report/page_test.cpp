// SPDX-License-Identifier: Apache-2.0
#include "report/page.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace millrace::report {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// The first mistake in the nesting of tags; empty: there is none. An XML parser reads the pages in tests/python.
std::string nesting_mistake(const std::string& page) {
  std::vector<std::string> open;
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    const std::size_t end = page.find('>', at);
    const std::string tag = page.substr(at + 1, end - at - 1);
    if (tag.starts_with("!")) continue;
    if (tag.starts_with("/")) {
      if (open.empty() || open.back() != tag.substr(1))
        return tag + " near " + page.substr(at - std::min<std::size_t>(at, 60), 80);
      open.pop_back();
    } else if (!tag.ends_with("/")) {
      open.push_back(tag.substr(0, tag.find_first_of(" \n")));
      if (open.back() == "script" || open.back() == "style") at = page.find("</" + open.back(), at) - 1;
    }
  }
  return open.empty() ? "" : "not closed: " + open.back();
}

Epoch epoch(std::int64_t number, double loss) {
  Epoch result{.number = number,
               .loss = loss,
               .metrics = {{"accuracy", 0.5}},
               .validated = true,
               .validation = {},
               .training = {}};
  result.validation = {.loss = loss * 1.1, .metrics = {{"accuracy", 0.4}}};
  result.learning_rate = 0.1 / static_cast<double>(number);
  return result;
}

BinaryAnswers two_classes() {
  return {.negative = "no",
          .positive = "yes",
          .curve = {{.threshold = std::numeric_limits<double>::infinity()},
                    {.threshold = 0.7, .true_positive_rate = 0.5, .false_positive_rate = 0, .precision = 1},
                    {.threshold = 0.2, .true_positive_rate = 1, .false_positive_rate = 1, .precision = 0.5}},
          .chosen = 1,
          .positives = 20,
          .negatives = 20,
          .roc_auc = 0.75,
          .average_precision = 0.75};
}

RunReport with_classes(std::size_t classes) {
  RunReport report{.title = "kind", .task = "tells classes apart", .target = "kind"};
  RowsReport rows{.rows_are = "the 40 rows held out of training",
                  .rows = 40,
                  .values = {.loss = 0.3, .metrics = {{"accuracy", 0.9}}}};
  ConfusionMatrix matrix;
  for (std::size_t k = 0; k < classes; ++k) matrix.classes.push_back("class " + std::to_string(k));
  matrix.counts.assign(classes * classes, 3);
  rows.classes = class_scores(matrix);
  rows.confusion = matrix;
  report.rows = rows;
  return report;
}

TEST(Page, CallsAPartClearlyWorseIfChanceRarelyIs) {
  RunReport report = with_classes(2);
  report.rows->slice_score = "accuracy";
  report.rows->slices_compared = 18;
  report.rows->slices_limit = 3.4;
  report.rows->slices = {
      {.column = "colour", .rows_are = "is red", .rows = 20, .score = 0.6, .worse = 0.3, .deviations = 3.2}};
  EXPECT_EQ(page_of(report).find("clearly worse"), std::string::npos);
  EXPECT_NE(page_of(report).find("so none of them stands out"), std::string::npos);
  report.rows->slices[0].deviations = 3.6;
  EXPECT_NE(page_of(report).find("clearly worse where <bdi>colour</bdi> <bdi>is red</bdi>"), std::string::npos);
  EXPECT_EQ(page_of(report).find("so none of them stands out"), std::string::npos);
}

TEST(Page, SaysLittleOfARunWithoutEpochsAndRows) {
  const std::string page = page_of(RunReport{.title = "model", .task = "predicts a number"});
  EXPECT_EQ(nesting_mistake(page), "");
  EXPECT_NE(page.find("No epoch of training is known."), std::string::npos);
  EXPECT_EQ(page.find("id=\"training\""), std::string::npos);
}

TEST(Page, HasEverySectionOfTwoClasses) {
  RunReport report = with_classes(2);
  report.course = {
      .epochs = {epoch(1, 0.5), epoch(2, 0.4)}, .watched = "val_loss", .best_epoch = 2, .best_value = 0.44};
  report.rows->binary = two_classes();
  report.rows->calibration = {{.rows = 40, .mean_score = 0.6, .positive_share = 0.5}};
  report.rows->slice_score = "accuracy";
  report.rows->slices = {{"town", "is Paris", 12, 0.5, 0.4, 3.2}};
  report.rows->importance = {{"town", 0.3, 0.01}, {"age", -0.001, 0.01}};
  report.rows->dependence = {
      {.column = "town", .levels = {"Paris", "Rome"}, .values = {0, 1}, .answers = {"yes"}, .means = {{0.2, 0.8}}}};
  report.network = {{.name = "dense_1", .operation = "dense, relu", .shape = "4", .parameters = 12}};
  report.times = {{"training", "1 s"}};
  report.command = "millrace train";
  const std::string page = page_of(report);
  EXPECT_EQ(nesting_mistake(page), "");
  for (const char* const id : {"summary", "training", "classes", "slices", "importance", "network", "time", "settings"})
    EXPECT_NE(page.find("<section id=\"" + std::string(id) + "\""), std::string::npos) << id;
  for (const char* const part :
       {"id=\"threshold\"", "ROC curve", "Precision and recall", "Calibration", "is Paris", "best: epoch 2"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
}

TEST(Page, ALossThatIsNotANumberLeavesAGap) {
  RunReport report{.title = "y", .task = "predicts a number"};
  report.course.epochs = {epoch(1, not_a_number), epoch(2, not_a_number)};
  const std::string none = page_of(report);
  EXPECT_EQ(nesting_mistake(none), "");
  EXPECT_NE(none.find("There is no finite number to draw."), std::string::npos);
  report.course.epochs = {epoch(1, 0.5), epoch(2, std::numeric_limits<double>::infinity()), epoch(3, 0.4),
                          epoch(4, not_a_number)};
  const std::string some = page_of(report);
  EXPECT_EQ(some.find("Lnan"), std::string::npos) << "no place in a picture is NaN";
  EXPECT_EQ(some.find("inf "), std::string::npos);
  EXPECT_NE(some.find("2 epochs without a finite value"), std::string::npos);
}

TEST(Page, ASingleEpochIsADot) {
  RunReport report{.title = "y", .task = "predicts a number"};
  report.course.epochs = {epoch(1, 0.5)};
  EXPECT_NE(page_of(report).find("<circle class=\"dot c1\""), std::string::npos);
}

TEST(Page, NamesAreNeverMarkup) {
  const std::string hostile = "</script><script>alert(1)</script>\"'&{{body}}\xff\xE2\x80\xAE";
  RunReport report = with_classes(2);
  report.title = report.target = hostile;
  report.rows->rows_are = hostile;
  report.rows->binary = two_classes();
  report.rows->binary->positive = report.rows->binary->negative = hostile;
  report.rows->confusion->classes[0] = report.rows->classes[0].name = hostile;
  report.rows->slice_score = "accuracy";
  report.rows->slices = {{hostile, hostile, 12, 0.5, 0.4, 3.2}};
  report.rows->importance = {{hostile, 0.3, 0.01}};
  report.rows->dependence = {
      {.column = hostile, .levels = {hostile, "b"}, .values = {0, 1}, .answers = {hostile}, .means = {{0.2, 0.8}}}};
  report.columns = {{.name = hostile, .rows = 20, .levels = {{hostile, 0.5}}, .prepared = hostile}};
  report.network = {{.name = hostile, .operation = hostile, .shape = "1"}};
  report.times = report.origin = {{hostile, hostile}};
  report.command = report.toml = hostile;
  report.notes = {hostile};
  report.course.epochs = {epoch(1, 0.5)};
  report.course.epochs[0].metrics[0].name = hostile;
  const std::string page = page_of(report);
  EXPECT_EQ(nesting_mistake(page), "");
  EXPECT_EQ(page.find("alert(1)</script>"), std::string::npos);
  EXPECT_EQ(page.find("\xE2\x80\xAE"), std::string::npos);
  EXPECT_NE(page.find("{{body}}"), std::string::npos) << "a mark in a name stays a name";
}

TEST(Page, LoadsNothing) {
  const std::string page = page_of(with_classes(3));
  for (const char* const part : {"http:", "https:", "//", "src=", "@import", "url("})
    EXPECT_EQ(page.find(part), std::string::npos) << part;
}

TEST(Page, StaysBelowTwoMegabytes) {
  RunReport report = with_classes(100);
  for (std::int64_t e = 1; e <= 10'000; ++e)
    report.course.epochs.push_back(epoch(e, 1.0 / static_cast<double>(e) + 0.01 * static_cast<double>(e % 7)));
  for (int c = 0; c < 1000; ++c) {
    report.columns.push_back({.name = "a column with a name of some length " + std::to_string(c),
                              .rows = 1000,
                              .prepared = "scaled (standard): minus 0.1234, divided by 1.234"});
    report.columns.back().histogram = {.edges = std::vector<double>(26), .counts = std::vector<double>(25, c + 1.0)};
    report.rows->importance.push_back({report.columns.back().name, 0.1, 0.01});
  }
  report.columns.resize(300);
  report.columns_left_out = 700;
  const std::string page = page_of(report);
  EXPECT_LT(page.size(), 2'000'000U);
  EXPECT_NE(page.find("700 more columns are not shown"), std::string::npos);
}

TEST(Page, OfAThousandClassesShowsTheLargest) {
  const std::string page = page_of(with_classes(1000));
  EXPECT_LT(page.size(), 2'000'000U);
  EXPECT_NE(page.find("The 100 classes with the most rows are shown, of 1000."), std::string::npos);
}

}  // namespace

}  // namespace millrace::report
