// SPDX-License-Identifier: Apache-2.0
#include "model/files/agreement.hpp"

#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "millrace/error.hpp"
#include "millrace/version.hpp"
#include "model/files/identity.hpp"
#include "run/step_result.hpp"
#include "run/step_runner.hpp"
#include "step/ranks.hpp"

namespace millrace {

void require_agreement(Cluster& cluster, const std::string& identity, const FitOptions& options, std::int64_t steps,
                       const ParameterStore& store) {
  nlohmann::json own = nlohmann::json::parse(identity);
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
    const nlohmann::json first = nlohmann::json::parse(texts[0]), other = nlohmann::json::parse(texts[rank]);
    const std::string found = json_difference(
        first, other, compared_identities("in rank 0", "in rank " + std::to_string(rank) + " on " + hosts[rank]));
    const std::string remedy =
        first_different_key(first, other) == identity_key::kernels
            ? ": processors of one type, --isa avx2 or --kernels portable"
            : ": the same program, command and files on every host, or --alone if each process is to "
              "train a model of its own";
    fail(ErrorKind::usage, "cluster", found + ", expected the same in all processes" + remedy);
  }
}

}  // namespace millrace
