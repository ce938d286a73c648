// SPDX-License-Identifier: Apache-2.0
#include "model/files/kernel_identity.hpp"

#include <nlohmann/json.hpp>

#include "kernels/kernel_set.hpp"
#include "model/files/identity.hpp"

namespace millrace {

namespace {

using nlohmann::json;

// Of the kernels. Automatic ones have no choice, as in the files of version 0.1.
constexpr const char *choice_key = "kernels", *gemm_key = "gemm";

}  // namespace

json kernels_now(const std::string& choice, const std::string& gemm) {
  const bool portable = choice == "portable";
  json kernels = portable ? json{{choice_key, choice}} : json{{gemm_key, gemm}};
  for (const KernelFact& fact : portable ? portable_kernel_set() : kernel_set()) kernels[fact.name] = fact.value;
  return kernels;
}

std::string kernel_difference(const json& then, const json& now, const std::string& first, const std::string& other) {
  // A checkpoint of version 0.1 does not say which kernels computed it.
  if (!then.contains(identity_key::kernels) || !now.contains(identity_key::kernels)) return "";
  const json &old = then.at(identity_key::kernels), &current = now.at(identity_key::kernels);
  const ComparedSides sides = compared_identities(first, other);
  const std::string old_choice = old.value(choice_key, "auto"), choice = current.value(choice_key, "auto");
  if (old_choice != choice) return identity_key::kernels + both_values(old_choice, choice, sides);
  json names = current;
  names.update(old);
  std::string text;
  for (const auto& [name, unused] : names.items()) {
    const json was = old.value(name, json()), is = current.value(name, json());
    if (was == is) continue;
    text += (text.empty() ? "" : ", ") + name + both_values(json_value_text(was), json_value_text(is), sides);
  }
  return text;
}

}  // namespace millrace
