// SPDX-License-Identifier: Apache-2.0
//
// The kernels that computed a run, as a part of its identity: other kernels may give other bits.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace millrace {

/// The kernels of this process. Options: FitOptions::kernels and gemm.
[[nodiscard]] nlohmann::json kernels_now(const std::string& kernels, const std::string& gemm);
/// Every difference between the kernels of two identities: "isa (avx2 in the checkpoint, avx512 now), ..."; empty if
/// there is none, or if one of them does not name its kernels. first, other: what stands behind the values.
[[nodiscard]] std::string kernel_difference(const nlohmann::json& then, const nlohmann::json& now,
                                            const std::string& first = "in the checkpoint",
                                            const std::string& other = "now");

}  // namespace millrace
