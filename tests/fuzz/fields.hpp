// SPDX-License-Identifier: Apache-2.0
//
// Changes of whole fields of a protobuf message: a change of bytes mostly leaves none.
#pragma once

#include <google/protobuf/message.h>

namespace millrace::fuzz {

/// Changes one field: a number becomes one that readers may not expect, or one that stands elsewhere in the message; a
/// text, a name of the message; an element of a list goes, comes twice, changes places with another; a message becomes
/// like another of its type. The draw decides; false if the message has no field.
bool change_field(google::protobuf::Message& message, unsigned draw);

}  // namespace millrace::fuzz
