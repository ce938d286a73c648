// SPDX-License-Identifier: Apache-2.0
//
// Changes of whole words, which changes of bytes hardly make.
#pragma once

#include <string>

namespace millrace::fuzz {

/// Puts another word or number in the place of one in `bytes`: one that stands elsewhere in them, or a number that readers
/// may not expect. A safetensors file keeps the right length of its header. The draw decides; false if there is no word.
bool change_word(std::string& bytes, unsigned draw);

}  // namespace millrace::fuzz
