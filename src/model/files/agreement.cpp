// SPDX-License-Identifier: Apache-2.0
#include "model/files/agreement.hpp"

#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "millrace/error.hpp"
#include "millrace/version.hpp"
#include "run/file_writers.hpp"
#include "run/step_runner.hpp"
#include "step/ranks.hpp"

namespace millrace {

namespace {

using nlohmann::json;

// The first value that differs: its keys, and both values. `rank` is that of `other`.
std::string difference(const json& first, const json& other, const std::string& rank) {
  if (first.is_object() && other.is_object()) {
    json keys = first;
    keys.update(other);
    for (const auto& [key, unused] : keys.items()) {
      const json a = first.value(key, json()), b = other.value(key, json());
      if (a == b) continue;
      return key + (a.is_object() && b.is_object() ? ", " : " ") + difference(a, b, rank);
    }
  }
  const auto text = [](const json& value) { return value.is_null() ? std::string("none") : value.dump(); };
  return "(" + text(first) + " in rank 0, " + text(other) + " in rank " + rank + ")";
}

}  // namespace

void require_agreement(Cluster& cluster, const std::string& identity, const FitOptions& options, std::int64_t steps,
                       const ParameterStore& store) {
  json own = json::parse(identity);
  own["version of millrace"] = version();
  own["epochs"] = options.epochs;
  own["slices"] = slices_of(options);
  own["processes"] = cluster.size();
  own["steps done"] = steps;
  own["weights"] = result_of_step(0, store);
  Ranks ranks(&cluster);
  const std::vector<std::string> texts = ranks.gather(own.dump()), hosts = ranks.gather(cluster.host());
  for (std::size_t rank = 1; rank < texts.size(); ++rank) {
    if (texts[rank] == texts[0]) continue;
    const std::string name = std::to_string(rank) + " on " + hosts[rank];
    std::string found = difference(json::parse(texts[0]), json::parse(texts[rank]), name);
    const std::string remedy = found.starts_with("kernels")
                                   ? ": processors of one type, --isa avx2 or --kernels portable"
                                   : ": the same program, command and files on every host";
    fail(ErrorKind::usage, "cluster", found + ", expected the same in all processes" + remedy);
  }
}

}  // namespace millrace
