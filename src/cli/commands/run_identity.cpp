// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/run_identity.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace millrace::cli {

namespace {

std::string text_of(const nlohmann::json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

constexpr std::pair<const char*, const char*> titles[] = {{"seed", "seed"},
                                                          {"batch size", "rows of a step"},
                                                          {"shuffle", "rows are shuffled"},
                                                          {"start", "checksum of the weights of --init"},
                                                          {"precision", "precision of the products"},
                                                          {"training rows", "checksum of the training rows"},
                                                          {"validation rows", "checksum of the validation rows"}};

}  // namespace

std::vector<IdentityFact> identity_facts(const RunOrigin& origin) {
  std::vector<IdentityFact> facts;
  if (origin.identity.empty()) return facts;
  const nlohmann::json identity = nlohmann::json::parse(origin.identity);
  for (const auto& [key, title] : titles) {
    if (identity.contains(key)) facts.push_back({key, title, text_of(identity.at(key))});
  }
  if (!identity.contains("kernels")) return facts;
  for (const auto& [name, value] : identity.at("kernels").items()) facts.push_back({name, name, text_of(value)});
  return facts;
}

}  // namespace millrace::cli
