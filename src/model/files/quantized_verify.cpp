// SPDX-License-Identifier: Apache-2.0
#include "model/files/quantized_verify.hpp"

#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "export/onnx_file.hpp"
#include "millrace/quantize.hpp"
#include "model/files/card.hpp"
#include "model/files/checkpoint.hpp"
#include "model/files/onnx.hpp"
#include "model/files/onnx_format.hpp"
#include "model/files/onnx_serving.hpp"
#include "model/files/onnx_verify.hpp"

namespace millrace {

namespace {

constexpr const char* who = "verify";

// The share that the certificate allows; that of the options if it has none, as for fp16 without rows.
double allowed_loss(const std::string& certificate) {
  const auto text = nlohmann::json::parse(certificate, nullptr, false);
  const bool has = text.is_object() && text.contains("max_loss") && text.at("max_loss").is_number();
  return has ? text.at("max_loss").get<double>() : QuantizeOptions().max_loss;
}

// The threshold may have been set at the export; layers and columns are the model.
void require_same_model(const std::string& ours, const std::string& theirs, const std::string& path,
                        const std::string& original) {
  const auto a = nlohmann::json::parse(ours, nullptr, false), b = nlohmann::json::parse(theirs, nullptr, false);
  for (const char* const key : {"layers", "inputs", "features", "targets"}) {
    if (a.is_object() && b.is_object() && a.value(key, nlohmann::json()) == b.value(key, nlohmann::json())) continue;
    fail(ErrorKind::mismatch, who,
         path + " was made from another model than " + original + ", whose " + key +
             " differ, expected the checkpoint or the model that it was made from");
  }
}

}  // namespace

std::string small_numbers_of(const std::string& path) {
  try {
    const PlainGraph graph = read_onnx(path);
    const auto numbers = graph.metadata.find(numbers_key);
    return numbers == graph.metadata.end() ? "" : numbers->second;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    return "";
  }
}

QuantizedVerification verify_quantized(const std::string& path, const std::string& original,
                                       bool original_is_checkpoint, const Dataset& rows) {
  PlainGraph graph = read_onnx(path);
  unchanged([&] { return unseal(graph, path); });
  Model::State state;
  if (original_is_checkpoint)
    read_checkpoint(original, state);
  else
    read_model(original, state);
  require_same_model(graph.metadata.at(model_key), card_to_json(state.card), path, original);
  state.check_rows(rows, *state.objective(who), who);
  QuantizedVerification result;
  result.numbers = graph.metadata.at(numbers_key);
  if (const auto certificate = graph.metadata.find(certificate_key); certificate != graph.metadata.end())
    result.certificate = certificate->second;
  result.max_loss = allowed_loss(result.certificate);
  result.found = compare_metrics(state, graph, rows, who);
  if (result.found.share <= result.max_loss) return result;
  fail(ErrorKind::mismatch, who,
       result.found.metric + " on " + counted(result.found.rows, "row") + " is " + number_text(result.found.quantized) +
           " with " + result.numbers + " numbers, and " + number_text(result.found.full) + " in " + original +
           ", expected at most " + number_text(100 * result.max_loss) +
           " % worse, as the certificate of the file says");
}

}  // namespace millrace
