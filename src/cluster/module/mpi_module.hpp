// SPDX-License-Identifier: Apache-2.0
//
// The functions of libmillrace-openmpi.so and libmillrace-mpich.so, through which millrace uses MPI. They are the only
// code that is linked to MPI. Plain C, so that the module and the program need no library in common.
#pragma once

extern "C" {

struct MillraceMpiMessage {
  int rank;
  void* bytes;
  unsigned long long count;
};

struct MillraceMpiFailure {
  int rank;  ///< the rank that has left; below 0: MPI failed
  int code;  ///< exit code of the rank that has left
  char text[4096];
};

struct MillraceMpi {
  int version;  ///< millrace_mpi_version
  /// Starts MPI or, unless `communicator` is null, joins the processes of a communicator of a program that has started
  /// MPI; the number is its handle as MPI_Comm_c2f() gives it. All processes call it at once. The functions return 0 if
  /// all is well and 1 if they have filled `failure`.
  int (*start)(const int* communicator, int* rank, int* size, char host[256], MillraceMpiFailure* failure);
  /// Starts an exchange.
  int (*start_exchange)(const MillraceMpiMessage* sent, int sent_count, const MillraceMpiMessage* received,
                        int received_count, MillraceMpiFailure* failure);
  /// Lets exchanges go on. under_way: how many have not ended; they end in their order.
  int (*go_on)(long long* under_way, MillraceMpiFailure* failure);
  /// Tells the other ranks that this one ends with an error, and ends its exchanges. Returns whether all of them have
  /// left too, or have heard it within a few seconds.
  int (*leave)(int code, const char* text);
  /// Ends MPI if start() has started it. Returns when all ranks have come here.
  void (*finish)();
  /// Ends all ranks at once.
  void (*end_all)(int code);
};

constexpr int millrace_mpi_version = 2;

/// The symbol of the module: `const MillraceMpi* millrace_mpi()`.
using MillraceMpiSymbol = const MillraceMpi* (*)();
constexpr const char* millrace_mpi_symbol = "millrace_mpi";
}
