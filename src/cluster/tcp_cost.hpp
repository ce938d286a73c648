// SPDX-License-Identifier: Apache-2.0
//
// What messages over TCP take of a processor.
#pragma once

namespace millrace {

/// Seconds of one thread.
struct TcpCost {
  double byte = 0;     ///< for each byte that is sent and received
  double message = 0;  ///< for a short message, sent and received
};

/// Measured within some milliseconds on a connection of this thread to itself. Zeros if this host allows no such connection.
/// Network cards that move memory by themselves take less.
[[nodiscard]] TcpCost tcp_cost();

}  // namespace millrace
