// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/data_settings.hpp"

#include <array>
#include <filesystem>
#include <optional>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "base/option_text.hpp"
#include "base/text.hpp"
#include "cli/settings/amount.hpp"

namespace millrace::cli {

namespace {

// As in DateOrder.
constexpr std::array<std::string_view, 2> date_order_words{"month_first", "day_first"};

[[noreturn]] void refuse_ending(std::string_view who, const std::string& what, const std::string& path,
                                const std::string& expected) {
  const std::string ending = ending_of(path);
  fail(ErrorKind::usage, who,
       what + "'" + path + "' " + (ending.empty() ? "has no ending" : "ends in '" + ending + "'") + ", expected " +
           expected);
}

// One character. allowed: the ones to choose from; empty: any.
char character_setting(const Settings& settings, std::string_view name, std::string_view allowed, char fallback) {
  const Setting* const setting = settings.find(name);
  if (setting == nullptr) return fallback;
  const std::string text = settings.text(name);
  if (text.size() != 1 || (!allowed.empty() && allowed.find(text[0]) == std::string_view::npos))
    setting->refuse(allowed.empty() ? "one character" : "one of the characters " + std::string(allowed));
  return text[0];
}

char delimiter_setting(const Settings& settings) {
  const Setting* const setting = settings.find("delimiter");
  if (setting == nullptr) return 0;
  const std::string text = settings.text("delimiter");
  if (text == "tab" || text == "\\t") return '\t';
  if (text == "blanks") return TextFormat::blanks;
  if (text.size() != 1) setting->refuse("one character, tab or blanks");
  if (text[0] == TextFormat::blanks)
    setting->fail_with("the character 1, ^A, which is not read, expected another: tr '\\001' ';' < FILE writes one");
  return text[0];
}

std::optional<DateOrder> date_order_setting(const Settings& settings) {
  if (!settings.has("date-order")) return std::nullopt;
  return static_cast<DateOrder>(settings.choice("date-order", date_order_words));
}

TextFormat format_setting(const Settings& settings) {
  return {.delimiter = delimiter_setting(settings),
          .header = !settings.boolean("no-header", false),
          .comment = character_setting(settings, "comment", "", 0),
          .encoding = settings.text("encoding"),
          .decimal = character_setting(settings, "decimal", ".,", '.'),
          .thousands = character_setting(settings, "thousands", ".,' _", 0),
          .percent = settings.boolean("percent", false),
          .currency = settings.boolean("currency", false),
          .skip_lines = settings.integer("skip-lines", 0, 0),
          .skip_footer = settings.integer("skip-footer", 0, 0),
          .missing_marks = settings.names("missing-marks"),
          .date_order = date_order_setting(settings)};
}

}  // namespace

std::string DataFiles::name() const { return listed(paths, 1); }

DataFiles data_setting(const Settings& settings) {
  const Setting* const setting = settings.find("data");
  std::vector<std::string> paths;
  if (setting != nullptr && setting->list)
    paths = settings.names("data");
  else
    paths = {settings.required_text("data", "a .csv, .tsv, .npy or .npz file, or - for stdin")};
  if (paths.empty()) setting->refuse("one file or more");
  DataFiles data{.paths = {}, .format = format_setting(settings)};
  for (const std::string& path : paths) {
    const DataFiles file = data_file(path == "-" ? "/dev/stdin" : path);
    data.paths.push_back(file.paths[0]);
    data.type = file.type;
    data.array = file.array;
    if (!file.is_array()) continue;
    if (paths.size() > 1) setting->fail_with("'" + path + "' among several files, expected text: .csv or .tsv");
    for (const Flag& flag : text_flags()) {
      if (settings.has(flag.name))
        settings.find(flag.name)->fail_with("'" + path + "' has no lines of text, expected a .csv or .tsv file");
    }
  }
  return data;
}

std::int64_t memory_setting(const Settings& settings) {
  const Setting* const setting = settings.find("memory");
  if (setting == nullptr) return 0;
  const std::string text = value_text(setting->value);
  const std::optional<double> bytes = setting->list ? std::nullopt : parse_amount(text, units_of_memory());
  if (!bytes || *bytes < 1 || *bytes >= 0x1p62) setting->refuse("a number of bytes with its unit: 2GiB, 800MB");
  return static_cast<std::int64_t>(*bytes);
}

std::vector<Flag> text_flags() {
  return {
      {"delimiter", "CHARACTER|tab|blanks", "Data",
       "Separates the cells of the table; blanks: any number of blanks and tabs. Default: as a first line sep=; says, "
       "a tab in .tsv files, else a comma"},
      {"no-header", "", "Data", "The table has no header line; its columns are named 1, 2, 3 and so on"},
      {"comment", "CHARACTER", "Data", "Skip lines that start with this character"},
      {"skip-lines", "N", "Data", "Lines ahead of the header line that are not part of the table. Default: 0"},
      {"skip-footer", "N", "Data", "Lines at the end that are not part of the table. Default: 0"},
      {"missing-marks", "TEXT,...", "Data",
       "Cells that stand for no value, besides empty ones, NA, null, ? and the like: unknown,-999. -999 is -999.0, "
       "too. With only as the first, NA and the like are texts: only, or only,-999"},
      {"encoding", "NAME", "Data",
       "The encoding of the text: latin1, windows-1252, utf-16 or another that iconv knows. Default: UTF-8, or as a "
       "byte order mark says"},
      {"decimal", ".|,", "Data", "The decimal point of numbers. Default: ."},
      {"thousands", "CHARACTER", "Data", "The mark between groups of three digits. Default: none"},
      {"percent", "", "Data", "Read 12.5% as 0.125"},
      {"currency", "", "Data", "Ignore a currency sign or abbreviation before or after a number: $, €, £, ₹, USD, kr"},
      {"date-order", one_of(date_order_words), "Data",
       "The order of month and day in dates such as 5/6/2024. Default: for each column the order that fits all of its "
       "dates, month_first if both do, with a note; for a trained model, the order in training"},
  };
}

char delimiter_of_output(const std::string& path, std::string_view who, const std::string& flag,
                         const std::string& expected) {
  const std::string ending = ending_of(path);
  if (ending == ".tsv") return '\t';
  if (ending == ".csv" || ending.empty()) return ',';
  refuse_ending(who, flag + " ", path, expected);
}

bool is_array_name(const std::string& path) { return ending_of(path) == ".npy"; }

DataFiles data_file(const std::string& path) {
  std::error_code ignored;
  DataFiles file{.paths = {path}, .format = {}};
  constexpr std::string_view archive = ".npz:";
  if (const std::size_t at = path.rfind(archive); at != std::string::npos && !std::filesystem::exists(path, ignored)) {
    file.paths[0] = path.substr(0, at + archive.size() - 1);
    file.array = path.substr(at + archive.size());
  }
  if (const std::optional<FileFormat> format = format_of(file.paths[0])) {
    file.type = *format;
    return file;
  }
  const std::string expected = ".csv, .tsv, .npy, .npz, IDX or LIBSVM, each also as .gz or .zst";
  if (!std::filesystem::exists(path, ignored))
    fail(ErrorKind::usage, "data",
         "there is no file '" + path + "', expected an existing file: " + expected + ", or another text");
  if (std::filesystem::is_directory(path, ignored))
    fail(ErrorKind::usage, "data",
         "'" + path + "' is a folder, expected a file, or a pattern of files such as '" +
             (std::filesystem::path(path) / "*.csv").string() + "'");
  fail(ErrorKind::usage, "data",
       "'" + path + "' has neither a name nor content that is known, expected " + expected + ", or another text");
}

DataFiles held_out_file(const Setting& setting, const std::string& path, const DataFiles& data) {
  DataFiles file = data_file(path);
  file.format = data.format;
  if (file.is_array() != data.is_array())
    setting.fail_with("'" + path + "' beside '" + data.name() +
                      "', expected both to be text, .csv or .tsv, or both to be arrays");
  if (file.is_array() && !file.may_have_targets())
    setting.fail_with("'" + path + "' has no targets, expected a .npz or LIBSVM file, or a fraction for this array");
  return file;
}

std::string onnx_output_setting(const Settings& settings) {
  std::string path = settings.required_text("out", "a .onnx file, or - for stdout");
  if (path != "-" && ending_of(path) != ".onnx") refuse_ending(settings.who, "--out ", path, ".onnx, or - for stdout");
  return path;
}

void require_page_name(std::string_view who, const std::string& flag, const std::string& path) {
  const std::string ending = ending_of(path);
  if (ending != ".html" && ending != ".htm") refuse_ending(who, flag + " ", path, ".html");
}

}  // namespace millrace::cli
