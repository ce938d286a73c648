// SPDX-License-Identifier: Apache-2.0
#include "model/files/onnx_verify.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "export/onnx_file.hpp"
#include "model/files/checkpoint.hpp"
#include "model/files/onnx.hpp"
#include "model/files/onnx_format.hpp"
#include "model/files/onnx_serving.hpp"

namespace millrace {

namespace {

// check(state) may refuse the rows before they are compared.
template <class Rows, class Check>
FileVerification verified(const std::string& path, const Rows& rows, const Check& check) {
  OnnxContent content = unchanged([&] { return read_onnx_content(path); });
  const PlainGraph graph = content.graph;
  Model::State state;
  unchanged([&] { read_model(std::move(content), path, state); });
  check(state);
  if (!graph.metadata.contains(model_key)) return {{.rows = 0}, ""};
  const auto certificate = graph.metadata.find(certificate_key);
  return {compare_with_graph(state, rows, [&] { return graph; }),
          certificate == graph.metadata.end() ? "" : certificate->second};
}

}  // namespace

FileVerification verify_file(const std::string& path, const Dataset& rows) {
  return verified(path, rows, [&](Model::State& state) { state.check_features(rows, "verify"); });
}

FileVerification verify_file(const std::string& path, const Table& rows) {
  return verified(path, rows, [](Model::State&) {});
}

void require_weights_of(const std::string& path, const std::string& checkpoint) {
  Model::State model, other;
  unchanged([&] { read_model(path, model); });
  read_checkpoint(checkpoint, other);
  const auto &ours = model.network->parameters(), &theirs = other.network->parameters();
  if (ours.size() != theirs.size())
    fail(ErrorKind::mismatch, "verify",
         path + " has " + std::to_string(ours.size()) + " parameters, " + checkpoint + " has " +
             std::to_string(theirs.size()) + ", expected the same model");
  for (int p = 0; p < std::ssize(ours); ++p) {
    const auto at = static_cast<std::size_t>(p);
    if (ours[at].spec.shape == theirs[at].spec.shape && model.store->values(p) == other.store->values(p)) continue;
    fail(ErrorKind::mismatch, "verify",
         "the weights " + ours[at].name + " of " + path + " are not those of " + theirs[at].name + " in " + checkpoint +
             ", expected the same numbers");
  }
}

}  // namespace millrace
