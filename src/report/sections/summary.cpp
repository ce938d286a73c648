// SPDX-License-Identifier: Apache-2.0
//
// The run in words, and its most important numbers.
#include <algorithm>
#include <cmath>

#include "report/html.hpp"
#include "report/sections/section.hpp"
#include "report/series.hpp"

namespace millrace::report {

namespace {

std::string tile(const std::string& title, const std::string& number, const std::string& below = "") {
  return "<div><dt>" + title + "</dt><dd>" + number + (below.empty() ? "" : "<small>" + below + "</small>") +
         "</dd></div>";
}

std::string tiles(const RunReport& report) {
  std::string text;
  if (report.rows) {
    const RowsReport& rows = *report.rows;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, rows.values.metrics.size()); ++i) {
      const NamedValue& metric = rows.values.metrics[i];
      text += tile(name(metric.name), value(metric.value, "metric-" + std::to_string(i)));
    }
    const bool has_area = std::ranges::any_of(
        rows.values.metrics, [](const NamedValue& metric) { return metric.name.find("auc") != std::string::npos; });
    if (rows.binary && !has_area) text += tile("area under ROC", value(rows.binary->roc_auc, "roc-auc"));
    if (rows.residuals.size() == 1) text += tile("R\xC2\xB2", value(rows.residuals[0].r2, "r2"));
    text += tile("loss", value(rows.values.loss, "loss"));
  }
  const Course& course = report.course;
  if (course.best_epoch > 0)
    text += tile("best epoch", value(static_cast<double>(course.best_epoch), "best-epoch"),
                 "of " + count_text(static_cast<double>(course.epochs.size())));
  text += tile("parameters", value_as(static_cast<double>(report.parameters),
                                      count_text(static_cast<double>(report.parameters)), "parameters"));
  return "<dl class=\"tiles\">" + text + "</dl>\n";
}

std::string what_it_is(const RunReport& report) {
  std::string text = "The model " + report.task;
  if (!report.target.empty()) text += " (" + name(report.target) + ")";
  text += ", from " + count_text(static_cast<double>(report.features)) +
          (report.features == 1 ? " column" : " columns") + ".";
  const Course& course = report.course;
  if (course.epochs.empty()) return text + " No epoch of training is known.";
  text += " It was trained for " + count_text(static_cast<double>(course.epochs.size())) +
          (course.epochs.size() == 1 ? " epoch" : " epochs");
  if (report.training_rows > 0) text += " on " + count_text(report.training_rows) + " rows";
  text += ".";
  if (course.best_epoch > 0)
    text += " The best " + name(course.watched) + ", " + value(course.best_value) + ", is that of epoch " +
            count_text(static_cast<double>(course.best_epoch)) + ".";
  if (course.weights_epoch > 0)
    text += " The model has the weights of epoch " + count_text(static_cast<double>(course.weights_epoch)) + ".";
  if (course.planned > 0)
    text += " " + count_text(static_cast<double>(course.planned)) +
            " epochs are planned: the run goes on, or was interrupted and goes on with --resume.";
  if (!course.stopped.empty()) text += " It ended before its last epoch, " + escaped(course.stopped) + ".";
  return text;
}

// The share of the most frequent class: what a model without any column reaches.
double largest_share(const RowsReport& rows) {
  double most = 0, all = 0;
  for (const ClassScores& of : rows.classes) {
    most = std::max(most, of.rows);
    all += of.rows;
  }
  return all > 0 ? most / all : 0;
}

std::string how_good(const RowsReport& rows) {
  std::string text = "On " + escaped(rows.rows_are) + " ";
  if (!rows.residuals.empty()) {
    const Residuals& of = rows.residuals[0];
    text += "half of the predictions" + (rows.residuals.size() > 1 ? " of " + name(of.target) : "") + " are within " +
            value(of.median_absolute) + " of the target, and 95\xC2\xA0% within " + value(of.high_absolute) +
            ". The mean error is " + value(of.mean) + "; R\xC2\xB2 is " + value(of.r2) +
            ", where always answering the mean would have 0.";
  } else if (rows.confusion) {
    double right = 0, all = 0;
    for (std::size_t k = 0; k < rows.classes.size(); ++k) {
      right += rows.confusion->count(k, k);
      all += rows.classes[k].rows;
    }
    text += "it gives the right class to " +
            value_as(all > 0 ? right / all : 0, percent_text(all > 0 ? right / all : 0)) +
            "; always answering the most frequent class would be right for " + percent_text(largest_share(rows)) + ".";
    if (rows.binary) {
      const ClassScores& yes = rows.classes[1];
      text += " Of " + count_text(yes.rows) + " rows of class " + name(yes.name) + " it finds " +
              percent_text(yes.recall) + ", and " + percent_text(yes.precision) + " of the rows that it calls " +
              name(yes.name) + " are.";
    }
  } else {
    text += "the loss is " + value(rows.values.loss) + ".";
  }
  if (rows.include_training)
    text += " <strong>The model was trained on these rows, so new rows will be answered worse.</strong>";
  return text;
}

// Whether later epochs only fitted the training rows.
std::string how_it_went(const Course& course) {
  const Epoch* const best = epoch_of(course.epochs, course.best_epoch);
  if (best == nullptr || course.watched != "val_loss") return "";
  const Epoch& last = course.epochs.back();
  constexpr double clearly = 1.05;
  const double then = best->validation.loss, now = last.validation.loss;
  if (last.number > best->number && then > 0 && now > clearly * then && last.loss < best->loss)
    return "After epoch " + count_text(static_cast<double>(best->number)) + " the validation loss rose from " +
           value(then) + " to " + value(now) + " while the training loss still fell from " + value(best->loss) +
           " to " + value(last.loss) + ": the later epochs fitted the training rows only.";
  if (last.number == best->number && course.epochs.size() > 1)
    return "The last epoch is the best one: more epochs may still improve the model.";
  return "";
}

std::string what_it_relies_on(const RowsReport& rows) {
  std::string text;
  if (!rows.importance.empty() && rows.importance[0].worse > 0)
    text += "It relies most on " + name(rows.importance[0].name) + ".";
  if (!rows.slices.empty() && rows.slices[0].deviations > rows.slices_limit) {
    const Slice& worst = rows.slices[0];
    text += " It is clearly worse where " + name(worst.column) + " " + name(worst.rows_are) + ": " + rows.slice_score +
            " " + value(worst.score) + " on " + count_text(worst.rows) + " rows, against " + value(rows.overall) +
            " on all.";
  }
  return text;
}

}  // namespace

std::string summary_section(const RunReport& report) {
  std::string text = tiles(report) + "<div class=\"words\">" + paragraph(what_it_is(report));
  if (!report.course.failure.empty()) text += paragraph(escaped(report.course.failure), "warning");
  if (report.rows) text += paragraph(how_good(*report.rows));
  if (const std::string words = how_it_went(report.course); !words.empty()) text += paragraph(words);
  if (report.rows) {
    if (const std::string words = what_it_relies_on(*report.rows); !words.empty()) text += paragraph(words);
    for (const std::string& note : report.rows->notes) text += paragraph("Note: " + escaped(note) + ".", "note");
  }
  for (const std::string& note : report.notes) text += paragraph("Note: " + escaped(note) + ".", "note");
  return text + "</div>\n";
}

}  // namespace millrace::report
