// SPDX-License-Identifier: Apache-2.0
//
// millrace verify: checks a model file against itself, a table and the checkpoint that it came from.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands/data_file.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/screen/console.hpp"
#include "cli/settings/data_settings.hpp"
#include "export/onnx_file.hpp"
#include "model/files/checkpoint.hpp"
#include "model/files/export_verification.hpp"
#include "model/files/onnx.hpp"
#include "model/files/onnx_serving.hpp"

namespace millrace::cli {

namespace {

// A file that was changed fails the check; it is not bad data.
template <class Read>
auto checked(const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    throw Error(ErrorKind::mismatch, error.what());
  }
}

// Throws Error{mismatch} at the first parameter that is not the checkpoint's.
void compare_weights(const Model::State& model, const std::string& path, const std::string& against) {
  Model::State other;
  read_checkpoint(against, other);
  const auto &ours = model.network->parameters(), &theirs = other.network->parameters();
  if (ours.size() != theirs.size())
    fail(ErrorKind::mismatch, "verify",
         path + " has " + std::to_string(ours.size()) + " parameters, " + against + " has " +
             std::to_string(theirs.size()) + ", expected the same model");
  for (int p = 0; p < std::ssize(ours); ++p) {
    const auto at = static_cast<std::size_t>(p);
    const bool same = ours[at].name == theirs[at].name && ours[at].spec.shape == theirs[at].spec.shape &&
                      model.store->values(p) == other.store->values(p);
    if (!same)
      fail(ErrorKind::mismatch, "verify",
           "the weights " + ours[at].name + " of " + path + " are not those of " + theirs[at].name + " in " + against +
               ", expected the same numbers");
  }
}

void verify(const Settings& settings) {
  const std::string& path = settings.argument;
  const std::string data_path = data_setting(settings), against = settings.text("against");
  const bool json = settings.boolean("json", false);
  if (is_checkpoint(path))
    fail(ErrorKind::data, "verify", "'" + path + "' is a checkpoint, expected an ONNX model, and --against for it");
  const Model model = checked([&] { return Model::load_onnx(path); });
  Model::State state;
  read_model(path, state);
  const Dataset data = read_model_data(model, {.who = "verify",
                                               .model_path = path,
                                               .path = data_path,
                                               .targets = false,
                                               .target = {},
                                               .weight = "",
                                               .delimiter = delimiter_setting(settings, data_path),
                                               .header = header_setting(settings, data_path)});
  state.check_features(data, "verify");
  PlainGraph graph = read_onnx(path);
  const auto certificate = graph.metadata.find(certificate_key);
  const bool foreign = certificate == graph.metadata.end();
  ExportCheck check{.rows = std::min(data.rows(), most_compared_rows)};
  // Another maker's graph was compared when it was read.
  if (!graph.metadata.contains(outputs_key) && foreign)
    static_cast<void>(model.predict(data));
  else
    check = compare_with_graph(state, data, [&] { return graph; });
  if (!against.empty()) compare_weights(state, path, against);

  if (json) {
    nlohmann::ordered_json object{{"rows", check.rows},
                                  {"largest_difference", check.difference},
                                  {"allowed_difference", check.allowed},
                                  {"against", against}};
    if (!foreign) object["certificate"] = nlohmann::ordered_json::parse(certificate->second, nullptr, false);
    print(object.dump() + "\n");
    return;
  }
  print(path + ": the graph gives the model's numbers on " + std::to_string(check.rows) +
        " rows, largest difference " + number_text(check.difference) + "\n" +
        (against.empty() ? "" : "the weights are those of " + against + "\n") +
        (foreign ? "" : "certificate: " + certificate->second + "\n"));
}

std::vector<HelpSection> notes() {
  return {{.text =
               "The graph of the file is evaluated in double, by code that shares nothing with the kernels, on the first "
               "1000 rows of the table. Exits with 5 if the numbers differ, or if the file is not as it was written."}};
}

}  // namespace

Command verify_command() {
  return {"verify",
          "Checks a model file against a table and the checkpoint it came from",
          "MODEL.onnx",
          {{"data", "FILE", "Data", "The table: .csv, .tsv or .npy; - reads CSV from stdin"},
           delimiter_flag(),
           no_header_flag(),
           {"against", "CHECKPOINT", "Data", "Also compare the weights with those of this checkpoint"},
           {"json", "", "Output", "Print the results as one JSON object"}},
          notes,
          verify};
}

}  // namespace millrace::cli
