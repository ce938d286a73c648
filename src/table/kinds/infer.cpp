// SPDX-License-Identifier: Apache-2.0
#include "table/kinds/infer.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <set>
#include <span>

#include "base/excerpt.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "table/csv/file.hpp"
#include "table/kinds/booleans.hpp"
#include "table/kinds/date_form.hpp"
#include "table/kinds/dates.hpp"
#include "table/kinds/no_levels.hpp"
#include "table/kinds/number_advice.hpp"

namespace millrace {

namespace {

// The words for no and yes in the spelling that most cells have: who writes True finds it in predictions.
std::vector<std::string> boolean_levels(const DistinctTexts& found, const std::vector<double>& values, int pair) {
  std::vector<std::string> levels{std::string(boolean_words(pair).first), std::string(boolean_words(pair).second)};
  std::vector<std::int64_t> most(2);
  for (std::size_t i = 0; i < found.texts.size(); ++i) {
    const auto value = static_cast<std::size_t>(values[i]);
    if (found.counts.empty() || found.counts[i] <= most[value]) continue;
    most[value] = found.counts[i];
    levels[value] = found.texts[i];
  }
  return levels;
}

// Both words of one pair. If the column is known to be boolean, one of them is enough, and 0 and 1 are such words.
std::optional<TextKind> as_booleans(const DistinctTexts& found, bool known, std::size_t& stray) {
  TextKind kind{.kind = ColumnKind::boolean};
  std::optional<BooleanWord> first;
  for (stray = 0; stray < found.texts.size(); ++stray) {
    const std::string_view text = found.texts[stray];
    const std::optional<BooleanWord> word = known ? parse_known_boolean(text) : parse_boolean(text);
    if (!word || (first && word->pair != first->pair)) return std::nullopt;
    first = word;
    kind.values.push_back(word->value ? 1 : 0);
  }
  if (!first) return std::nullopt;
  const bool both = std::ranges::count(kind.values, 0.0) > 0 && std::ranges::count(kind.values, 1.0) > 0;
  if (!both && !known) return std::nullopt;
  kind.levels = boolean_levels(found, kind.values, first->pair);
  return kind;
}

// All dates in this order, or all times of a day.
std::optional<TextKind> as_dates_of(const DistinctTexts& found, DateOrder order, std::size_t& stray) {
  TextKind kind{.kind = ColumnKind::date, .order = order};
  for (stray = 0; stray < found.texts.size(); ++stray) {
    const std::optional<double> seconds = parse_date(found.texts[stray], order);
    if (!seconds || is_time_of_day(found.texts[stray]) != is_time_of_day(found.texts[0])) return std::nullopt;
    kind.values.push_back(*seconds);
  }
  return found.texts.empty() ? std::nullopt : std::optional(kind);
}

std::optional<TextKind> as_dates(const DistinctTexts& found, std::optional<DateOrder> order, std::size_t& stray) {
  if (order) return as_dates_of(found, *order, stray);
  std::optional<TextKind> months_first = as_dates_of(found, DateOrder::month_first, stray);
  if (std::ranges::none_of(found.texts, depends_on_order)) {
    if (months_first) months_first->order.reset();
    return months_first;
  }
  std::size_t other_stray = 0;
  const std::optional<TextKind> days_first = as_dates_of(found, DateOrder::day_first, other_stray);
  if (!months_first) {
    stray = std::max(stray, other_stray);
    return days_first;
  }
  for (std::size_t i = 0; days_first && i < found.texts.size(); ++i) {
    if (months_first->values[i] == days_first->values[i]) continue;
    const bool earlier = months_first->unclear.empty() || found.texts[i].data() < months_first->unclear.data();
    if (earlier) months_first->unclear = found.texts[i];
  }
  if (days_first && months_first->unclear.empty()) months_first->order.reset();
  return months_first;
}

bool recur_seldom(const DistinctTexts& found, std::int64_t cells) {
  return std::ssize(found.texts) > 50 && 2 * std::ssize(found.texts) > cells;
}

// Words ahead of a number are names, "Ward 7"; signs are not, "#7".
bool may_differ_so(const AlmostNumber& almost, bool may_be_names) {
  if (!may_be_names || almost.mark != AlmostNumber::Mark::ahead) return true;
  return std::ranges::none_of(almost.text, [](char c) { return is_letter(c) || static_cast<unsigned char>(c) > '~'; });
}

// How nearly all cells that are no numbers differ from one, if there is one such way and they are many: "3 rooms" and
// "4 rooms" are as good as levels.
std::string common_difference(const DistinctTexts& found, const TextPlaces& places, std::int64_t cells,
                              std::string_view first) {
  constexpr std::int64_t few = 10;
  constexpr std::size_t most_marks = 4;  // "12 Main Street": other texts behind each number are no units
  constexpr double nearly_all = 0.9;
  const NumberForm form = places.form.value_or(NumberForm{});
  const bool may_be_names =
      !places.target || !recur_seldom(found, cells);  // a target's texts are classes if they recur
  AlmostNumber common;
  std::map<std::string, std::string> marks;
  std::int64_t fitting = cells, differing = 0;
  for (std::size_t i = 0; i < found.texts.size(); ++i) {
    // A number in another form, such as 1,234.56 among (1,234.56), is not what differs.
    if (form.number(found.texts[i]) || !form_that_reads(found.texts[i], form).empty()) continue;
    const AlmostNumber almost = almost_number(found.texts[i]);
    if (almost && may_differ_so(almost, may_be_names) && (!common || almost.differs_as(common)) &&
        !resembles_date(found.texts[i])) {
      if (!common) common = almost;
      marks.emplace(may_be_names ? almost.text : almost.pattern, almost.text);
      ++differing;
      if (marks.size() > most_marks && may_be_names) return "";
      continue;
    }
    fitting -= found.counts[i];
    // Names and other texts end the search soon.
    if (static_cast<double>(fitting) < nearly_all * static_cast<double>(cells)) return "";
  }
  if (differing <= few) return "";
  const AlmostNumber example = almost_number(first);
  return (example && example.differs_as(common) ? example : common).sentence(marks);
}

// What the first cell says that is no date in a column where most are: another order of month and day, or no date at all.
std::string stray_date(const DistinctTexts& found, const TextPlaces& places, std::int64_t cells) {
  const UsualDates dates = usual_dates(found.texts, found.counts, places.order);
  if (dates.cells == 0 || 2 * dates.cells < cells) return "";
  std::string_view stray;
  for (const std::string_view text : found.texts) {
    if (dates.form.read(text) || !is_utf8(text)) continue;
    if (stray.data() == nullptr || places.before(text, stray)) stray = text;
  }
  if (stray.data() == nullptr) return "";
  const DateOrder order = dates.form.order;
  std::string text = std::to_string(dates.cells) + " of " + std::to_string(cells) + " cells are " +
                     (dates.form.times ? "times of a day" : "dates");
  if (depends_on_order(stray) && DateForm{.order = other_order(order)}.read(stray)) {
    return text + " " + std::string(order_text(order)) + ", " + places.name(stray) + " says " + excerpt(stray) +
           ", which is one " + std::string(order_text(other_order(order))) +
           ", expected one order: correct the cells of the other one";
  }
  return text + ", " + places.name(stray) + " says " + excerpt(stray) + ", expected " +
         (dates.form.times ? "times" : "dates") + ": " +
         (places.form ? "--missing-marks " + excerpt(stray) + " takes the cell for missing; or " : std::string()) +
         "correct the others, or give the column the kind category";
}

struct Remedy {
  std::string_view text;  // a stray
  std::string flags;      // that make it a number; empty: none do
};

// The first stray that is a number in another form: the first one of all, or one behind a few others, such as marks of
// missing values, if most texts of the column are numbers in some form.
Remedy first_with_remedy(const DistinctTexts& found, const TextPlaces& places, std::vector<std::string_view> strays) {
  constexpr std::ptrdiff_t few = 20;
  const auto looked_at = strays.begin() + std::min(few, std::ssize(strays));
  std::partial_sort(strays.begin(), looked_at, strays.end(), places.before);
  const NumberForm form = places.form.value_or(NumberForm{});
  for (auto stray = strays.begin(); stray != looked_at; ++stray) {
    std::string flags =
        stray->empty() ? "" : form_that_reads(*stray, form, {.column = found.texts, .delimiter = places.delimiter});
    if (flags.empty()) continue;
    const bool is_first = stray == strays.begin();
    if (is_first || 2 * std::ranges::count_if(found.texts, is_number_in_some_form) > std::ssize(found.texts))
      return {*stray, std::move(flags)};
    break;
  }
  return {};
}

// Words for yes and no of several pairs, and 0 and 1 among words: "'Yes', 'TRUE'".
std::string mixed_booleans(const DistinctTexts& found) {
  std::set<int> pairs;
  std::string examples;
  bool words = false;
  for (const std::string_view text : found.texts) {
    const std::optional<BooleanWord> word = parse_boolean(text);
    if (!word && text != "0" && text != "1") return "";
    words = words || word;
    if (pairs.insert(word ? word->pair : -1).second) examples += (examples.empty() ? "" : ", ") + excerpt(text);
  }
  return words && pairs.size() > 1 ? examples : "";
}

// Two texts that differ in capital letters only: "'Male' and 'male'".
std::string equal_but_for_case(const DistinctTexts& found) {
  constexpr std::size_t most = 1000;  // more are hardly typed by hand
  if (found.texts.size() > most) return "";
  std::map<std::string, std::string_view> known;
  for (const std::string_view text : found.texts) {
    const auto [at, is_new] = known.emplace(in_lower_case(text), text);
    if (!is_new) return excerpt(std::min(at->second, text)) + " and " + excerpt(std::max(at->second, text));
  }
  return "";
}

// What is most likely one level, and is several.
std::string split_level(const DistinctTexts& found) {
  if (const std::string booleans = mixed_booleans(found); !booleans.empty())
    return "yes and no are written in several ways (" + booleans +
           "), so that each is a separate level, expected one pair of words: write all cells alike";
  const std::string pair = equal_but_for_case(found);
  return pair.empty()
             ? ""
             : pair + " differ in capital letters only, and are two levels: if they mean the same, write them alike";
}

}  // namespace

std::string years_to_come(const DistinctTexts& found, std::span<const double> seconds, DateOrder order,
                          const std::function<std::string(std::string_view)>& name) {
  constexpr double start_of_2000 = 946684800;
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  std::int64_t cells = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    if (!(seconds[i] > now) || !has_short_year(found.texts[i], order)) continue;
    if (cells == 0 || found.texts[i].data() < found.texts[first].data()) first = i;
    cells += found.counts.empty() ? 1 : found.counts[i];
  }
  if (cells == 0) return "";
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    if (!(seconds[i] < start_of_2000) || !has_short_year(found.texts[i], order)) continue;
    return "years of two digits are read as 1969 to 2068, so that " + counted(cells, "date lies", "dates lie") +
           " in the future, the first in " + name(found.texts[first]) + ": " + excerpt(found.texts[first]) + " is " +
           date_text(seconds[first]) + "; if an earlier year is meant, write its four digits";
  }
  return "";
}

std::optional<ColumnKind> asked_kind(const TableOptions& options, const std::string& column) {
  const auto asked = options.kinds.find(column);
  return asked == options.kinds.end() ? std::nullopt : std::optional(asked->second);
}

std::optional<TextKind> text_kind(const DistinctTexts& found, std::optional<ColumnKind> asked,
                                  std::optional<DateOrder> order, std::size_t& stray) {
  if (asked == ColumnKind::date) return as_dates(found, order, stray);
  if (asked == ColumnKind::boolean) return as_booleans(found, true, stray);
  if (!asked) {
    if (auto booleans = as_booleans(found, false, stray)) return booleans;
    if (auto dates = as_dates(found, order, stray)) return dates;
  }
  return TextKind{.kind = ColumnKind::category, .levels = {found.texts.begin(), found.texts.end()}};
}

std::string all_missing() { return "all cells are missing: ignore the column"; }

std::string too_close(std::string_view least, std::string_view most) {
  return "has values from " + std::string(least) + " to " + std::string(most) +
         ", which fp32 cannot tell apart, expected smaller numbers: subtract an offset, such as the smallest value";
}

std::string not_of_kind(std::string_view text, ColumnKind kind) {
  return excerpt(text) + " is not a " + std::string(kind_name(kind)) + ", expected one";
}

std::string breaks_kind(std::string_view text, ColumnKind kind) {
  return not_of_kind(text, kind) + ", as asked for or as in training: correct the cell, or ask for another kind";
}

std::vector<std::string_view> strays_among_numbers(const DistinctTexts& found, const NumberForm& form) {
  constexpr std::size_t most = 20;
  std::vector<std::string_view> strays;
  for (std::size_t i = 0; i < found.texts.size(); ++i) {
    if (form.number(found.texts[i])) continue;
    strays.push_back(found.texts[i]);
    if (found.counts[i] > 1 || strays.size() > most) return {};
  }
  return 2 * strays.size() < found.texts.size() ? strays : std::vector<std::string_view>();
}

std::vector<std::string> text_obstacles(const DistinctTexts& found, const TextPlaces& places) {
  const NumberForm form = places.form.value_or(NumberForm{});
  std::vector<std::string> obstacles;
  std::int64_t numbers = 0, bad = 0;
  std::string_view first_bad;
  std::vector<std::string_view> strays;
  for (std::size_t i = 0; i < found.texts.size(); ++i) {
    const std::string_view text = found.texts[i];
    if (!is_utf8(text)) {
      if (bad == 0 || places.before(text, first_bad)) first_bad = text;
      bad += found.counts[i];
    } else if (form.number(text)) {
      numbers += found.counts[i];
    } else {
      strays.push_back(text);
    }
  }
  const bool has_strays = !strays.empty();  // besides cells that are not UTF-8
  const std::string_view first_stray = has_strays ? *std::ranges::min_element(strays, places.before) : "";
  const std::int64_t cells = std::accumulate(found.counts.begin(), found.counts.end(), std::int64_t{0});
  if (bad > 0)
    obstacles.push_back((bad == 1 ? "1 cell, in " : std::to_string(bad) + " cells, the first in ") +
                        places.name(first_bad) + ": " +
                        (places.form ? not_utf8() : "the text is not UTF-8, expected UTF-8: ignore the column"));
  bool in_another_form = false;  // numbers, which are no text to ignore
  const auto [marked, remedy] = first_with_remedy(found, places, std::move(strays));
  if (const std::string stray = stray_date(found, places, cells); !stray.empty()) {
    in_another_form = true;
    obstacles.push_back(stray);
  } else if (!remedy.empty()) {
    in_another_form = true;
    obstacles.push_back(places.name(marked) + " says " + excerpt(marked) + ", expected numbers without marks" +
                        (places.form ? ", or " + remedy : ": remove the marks from the texts and make them numbers"));
  } else if (const std::string difference = common_difference(found, places, cells, first_stray);
             has_strays && !difference.empty()) {
    in_another_form = true;
    obstacles.push_back(places.name(first_stray) + " says " + excerpt(first_stray) + ", " + difference +
                        (places.target ? ": change the column" : ": change the column, or give it the kind category"));
  } else if (has_strays && 2 * numbers >= cells && numbers > 0) {
    const std::string footer = places.footer ? places.footer(first_stray) : "";
    obstacles.push_back(
        std::to_string(numbers) + " of " + std::to_string(cells) + " cells are numbers, " + places.name(first_stray) +
        " says " + excerpt(first_stray) + ", expected numbers: " + footer + (footer.empty() ? "" : "; or ") +
        (places.form ? "--missing-marks " + excerpt(first_stray) + " takes the cell for missing; or " : std::string()) +
        "correct the others, or give the column the kind category");
  }
  const bool all_numbers = numbers == cells && places.form;
  if (!in_another_form && !all_numbers && recur_seldom(found, cells)) {
    obstacles.push_back(places.target ? no_target(std::ssize(found.texts), cells)
                                      : no_levels(std::ssize(found.texts), cells));
  }
  if (const std::string split = split_level(found); !split.empty()) obstacles.push_back(split);
  constexpr std::int64_t most_levels = 1 << 24;
  if (std::ssize(found.texts) > most_levels)
    obstacles.push_back(std::to_string(found.texts.size()) + " distinct texts, expected at most " +
                        std::to_string(most_levels) + ": ignore the column");
  return obstacles;
}

}  // namespace millrace
