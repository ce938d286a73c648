// SPDX-License-Identifier: Apache-2.0
//
// The layers in front of a network that takes a prepared table: an Embedding layer for each column of indices, and their
// vectors beside the other prepared columns.
#pragma once

#include "model/files/card.hpp"
#include "prepare/table_preparation.hpp"

namespace millrace {

/// Changes the inputs and nodes of `card`, as the user described them, for the prepared columns of `preparation`. An
/// input of the user takes the prepared columns of its columns. Throws Error{usage} for an unknown column.
void add_table_front(ModelCard& card, const TablePreparation& preparation);

}  // namespace millrace
