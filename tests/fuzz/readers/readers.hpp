// SPDX-License-Identifier: Apache-2.0
//
// The harnesses of the readers of tables.
#pragma once

#include <string_view>

namespace millrace::fuzz {

void fuzz_csv(std::string_view bytes);
void fuzz_table(std::string_view bytes);
void fuzz_libsvm(std::string_view bytes);
void fuzz_npy(std::string_view bytes);
void fuzz_npz(std::string_view bytes);
void fuzz_idx(std::string_view bytes);
void fuzz_arrow(std::string_view bytes);
void fuzz_cache(std::string_view bytes);

}  // namespace millrace::fuzz
