// SPDX-License-Identifier: Apache-2.0
//
// A prediction that nobody looks at.
// expected: unused-result
#include "millrace/model.hpp"

void predict(millrace::Model& model, const millrace::Dataset& data) {
#ifdef WRONG
  model.predict(data);
#else
  static_cast<void>(model.predict(data));
#endif
}
