// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/data_settings.hpp"

#include <algorithm>
#include <filesystem>

namespace millrace::cli {

namespace {

// ".csv" of people.CSV
std::string ending_of(const std::string& path) {
  std::string ending = std::filesystem::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return ending;
}

[[noreturn]] void refuse_ending(std::string_view who, const std::string& what, const std::string& path,
                                const std::string& expected) {
  const std::string ending = ending_of(path);
  fail(ErrorKind::usage, who,
       what + "'" + path + "' " + (ending.empty() ? "has no ending" : "ends in '" + ending + "'") + ", expected " +
           expected);
}

}  // namespace

std::string data_setting(const Settings& settings) {
  const std::string path = settings.required_text("data", "a .csv, .tsv or .npy file, or - for stdin");
  return path == "-" ? "/dev/stdin" : path;
}

Flag delimiter_flag() {
  return {"delimiter", "CHARACTER|tab", "Data",
          "Separates the cells of the table. Default: a tab in .tsv files, else a comma"};
}

char delimiter_setting(const Settings& settings, const std::string& path) {
  const Setting* const setting = settings.find("delimiter");
  if (setting == nullptr) return 0;
  const std::string text = settings.text("delimiter");
  if (is_array(path)) setting->fail_with("'" + path + "' has no text cells, expected a .csv or .tsv file");
  if (text == "tab") return '\t';
  if (text.size() != 1) setting->refuse("one character, or tab");
  return text[0];
}

Flag no_header_flag() {
  return {"no-header", "", "Data", "The table has no header line; its columns are named 1, 2, 3 and so on"};
}

bool header_setting(const Settings& settings, const std::string& path) {
  if (!settings.boolean("no-header", false)) return true;
  if (is_array(path))
    settings.find("no-header")->fail_with("'" + path + "' has no lines of text, expected a .csv or .tsv file");
  return false;
}

char delimiter_of_output(const std::string& path) {
  const std::string ending = ending_of(path);
  if (ending == ".tsv") return '\t';
  if (ending == ".csv" || ending.empty()) return ',';
  refuse_ending("predict", "--out ", path, ".csv, .tsv, or - for stdout");
}

bool is_array(const std::string& path) {
  const std::string ending = ending_of(path);
  if (ending == ".npy") return true;
  if (ending == ".csv" || ending == ".tsv" || path.starts_with("/dev/")) return false;
  std::error_code code;
  const std::filesystem::file_status status = std::filesystem::status(path, code);
  if (std::filesystem::exists(status) && std::filesystem::is_other(status)) return false;
  refuse_ending("data", "", path, ".csv, .tsv or .npy");
}

std::string onnx_output_setting(const Settings& settings) {
  std::string path = settings.required_text("out", "a .onnx file, or - for stdout");
  if (path != "-" && ending_of(path) != ".onnx") refuse_ending(settings.who, "--out ", path, ".onnx, or - for stdout");
  return path;
}

}  // namespace millrace::cli
