// SPDX-License-Identifier: Apache-2.0
//
// A model is a list of layers, also of a single one.
// expected: no matching (function|constructor)
#include "millrace/model.hpp"

using namespace millrace;

#ifdef WRONG
const Model model(Dense{.units = 1});
#else
const Model model{Dense{.units = 1}};
const Model same = {Dense{.units = 1}};
const Model from_text{"1:sigmoid"};
#endif
