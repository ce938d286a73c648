// SPDX-License-Identifier: Apache-2.0
//
// What debug builds check in every step: before it that the batch has the plan's shapes, after each phase that
// everything the phase wrote is finite. A mistake in a kernel shows where it is made, and not as a wrong loss later.
#pragma once

#include "step/parameter_store.hpp"
#include "step/profile.hpp"

namespace millrace {

class Plan;
struct BatchSource;
struct GradientJob;
struct RowPass;

/// Whether steps check their phases: in builds without NDEBUG. Otherwise no step makes a PhaseCheck.
#ifdef NDEBUG
inline constexpr bool checks_phases = false;
#else
inline constexpr bool checks_phases = true;
#endif

class PhaseCheck {
 public:
  /// gradient_buffer: the store's buffer of stored gradients; below 0 if there is none.
  PhaseCheck(const Network& network, Plan& plan, const ParameterStore& store, int gradient_buffer);

  /// Throws Error{internal} unless the batch has the rows and widths of the plan.
  void shapes(const BatchSource& source) const;
  /// Throws Error{non_finite}, with the phase, layer and tensor, for a NaN or infinity in what the phase wrote: after a
  /// pass of the row phase the outputs and deltas of its layers, otherwise the weights and the stored gradients.
  void after(Phase phase, const RowPass* pass) const;
  /// The same for a gradient that a job has just computed, laid out as the blocks of its tile say. Throws
  /// Error{internal} for a block that is not part of its parameter.
  void gradient(const GradientJob& job, const float* gradient) const;

 private:
  void outputs(Phase phase, const RowPass& pass) const;
  void deltas(Phase phase, const RowPass& pass) const;
  void stored(Phase phase, int buffer, const char* what) const;
  void block(const GradientJob& job, const GradientBlock& block, const float* gradient) const;

  const Network* network_;
  Plan* plan_;
  const ParameterStore* store_;
  int gradient_buffer_;
};

}  // namespace millrace
