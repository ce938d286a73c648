// SPDX-License-Identifier: Apache-2.0
//
// Files of earlier versions with the program of today: models, checkpoints and configurations. make.sh made them.
#include <cctype>
#include <cmath>
#include <filesystem>
#include <optional>

#include "base/text.hpp"
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

namespace fs = std::filesystem;

const fs::path versions = MILLRACE_VERSIONS_DIR;

// One configuration and what a version made of it: VERSION/NAME.
using Case = fs::path;

// Those that have this file.
std::vector<Case> cases_with(const std::string& file) {
  std::vector<Case> found;
  for (const auto& version : fs::directory_iterator(versions)) {
    if (!version.is_directory()) continue;
    for (const auto& folder : fs::directory_iterator(version.path()))
      if (fs::exists(folder.path() / file)) found.push_back(fs::relative(folder.path(), versions));
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Fails unless both tables of predictions have the same rows, with numbers that differ by at most `tolerance`, as a
// share of numbers above 1. Headers are not compared.
void expect_close(const std::string& found, const std::string& expected, double tolerance) {
  const Words rows = lines_of(found), wanted = lines_of(expected);
  ASSERT_EQ(rows.size(), wanted.size());
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const Words cells = split_text(rows[r], ','), wanted_cells = split_text(wanted[r], ',');
    ASSERT_EQ(cells.size(), wanted_cells.size()) << rows[r] << " and " << wanted[r];
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const std::optional<double> number = parse_number(cells[c]), wanted_number = parse_number(wanted_cells[c]);
      if (number && wanted_number)
        EXPECT_NEAR(*number, *wanted_number, tolerance * std::max(1.0, std::abs(*wanted_number))) << "row " << r;
      else
        EXPECT_EQ(cells[c], wanted_cells[c]) << "row " << r;
    }
  }
}

class Versions : public Cli, public testing::WithParamInterface<Case> {
 protected:
  Versions() {
    fs::create_directory_symlink(source.parent_path() / "tables", folder.file("tables"));
    fs::create_directory_symlink(MILLRACE_DATA_DIR "/..", folder.file("examples"));
    const std::string config = read_text((source / "config.toml").string());
    const std::size_t begin = config.find("data = \"") + 8;
    table = config.substr(begin, config.find('"', begin) - begin);
    // Of an example, the first rows are enough.
    if (table.starts_with("examples/")) table = "tables/" + fs::path(table).filename().string();
  }

  [[nodiscard]] std::string committed(const std::string& name) const { return (source / name).string(); }
  [[nodiscard]] bool has(const std::string& name) const { return fs::exists(source / name); }

  [[nodiscard]] std::string predictions_of(const std::string& model) const {
    run_well({"predict", model, "--data", table, "--out", "p.csv"});
    return read("p.csv");
  }
  [[nodiscard]] Words training(const std::string& out, const Words& more) const {
    return Words{"train", "--config", committed("config.toml"), "--out", out, "--quiet"} + more;
  }

  const fs::path source = versions / GetParam();
  std::string table;
};

// The run that was interrupted has no model yet.
class VersionsWithModel : public Versions {};

TEST_P(VersionsWithModel, ModelsPredictAsTheyDid) {
  expect_close(predictions_of(committed("model.onnx")), read_text(committed("predictions.csv")), 1e-5);
  run_well({"evaluate", committed("model.onnx"), "--data", table});
}

TEST_P(VersionsWithModel, CheckpointsHoldTheSameModel) {
  run_well({"export", committed("checkpoint.safetensors"), "--out", "exported.onnx"});
  expect_close(predictions_of("exported.onnx"), read_text(committed("predictions.csv")), 1e-5);
}

// A configuration that today's program refuses has a file with the reason.
TEST_P(Versions, ConfigurationsTrainOrAreRefusedWithAReason) {
  const Words more{"--epochs", "1"};
  if (has("refused.txt"))
    refuses(training("out", more), 2, {std::string(trim(read_text(committed("refused.txt"))))});
  else
    run_well(training("out", more));
}

TEST_P(Versions, RunsResumeAndEndAsTheyDid) {
  fs::create_directory(folder.file("out"));
  for (const char* name : {"checkpoint.safetensors", "best.safetensors"})
    if (has(name)) fs::copy_file(committed(name), folder.file(std::string("out/") + name));
  run_well(training("out", {"--epochs", "6", "--resume"}));
  const std::string resumed = predictions_of("out/model.onnx"), then = read_text(committed("resumed.csv"));

  expect_close(resumed, then, 2e-3);
  if (has("refused.txt")) return;

  // Another processor or compiler rounds differently. If a run from the beginning gives that version's bits here, then
  // so does the resumed one.
  run_well(training("whole", {"--epochs", "6"}));
  const bool same_bits = predictions_of("whole/model.onnx") == then;
  if (same_bits) {
    EXPECT_EQ(resumed, then);
  }
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.string();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Of, Versions, testing::ValuesIn(cases_with("checkpoint.safetensors")), name_of);
INSTANTIATE_TEST_SUITE_P(Of, VersionsWithModel, testing::ValuesIn(cases_with("model.onnx")), name_of);

}  // namespace

}  // namespace millrace::test
