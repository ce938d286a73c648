// SPDX-License-Identifier: Apache-2.0
#include "model/files/onnx_verify.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "export/onnx_file.hpp"
#include "model/files/checkpoint.hpp"
#include "model/files/onnx.hpp"
#include "model/files/onnx_format.hpp"
#include "model/files/onnx_serving.hpp"

namespace millrace {

namespace {

// A file that was changed fails the check; it is not bad data.
void read_unchanged(const std::string& path, Model::State& state) {
  try {
    read_model(path, state);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    throw Error(ErrorKind::mismatch, error.what());
  }
}

}  // namespace

namespace {

template <class Rows>
FileVerification verified(const std::string& path, const Model::State& state, const Rows& rows) {
  const PlainGraph graph = read_onnx(path);
  if (!graph.metadata.contains(model_key)) return {{.rows = 0}, ""};
  const auto certificate = graph.metadata.find(certificate_key);
  return {compare_with_graph(state, rows, [&] { return graph; }),
          certificate == graph.metadata.end() ? "" : certificate->second};
}

}  // namespace

FileVerification verify_file(const std::string& path, const Dataset& rows) {
  Model::State state;
  read_unchanged(path, state);
  state.check_features(rows, "verify");
  return verified(path, state, rows);
}

FileVerification verify_file(const std::string& path, const Table& rows) {
  Model::State state;
  read_unchanged(path, state);
  return verified(path, state, rows);
}

void require_weights_of(const std::string& path, const std::string& checkpoint) {
  Model::State model, other;
  read_unchanged(path, model);
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
