// SPDX-License-Identifier: Apache-2.0
//
// MILLRACE_VECTORIZED before a function compiles it three times, for AVX-512, AVX2 and baseline x86-64. The loader
// picks one for the processor. It is for free functions and function templates in a source file, with a plain loop over
// contiguous floats. Functions that the loop calls are inlined (flatten): a call would run the baseline's code.
#pragma once

// Sanitizers crash in the resolver, which the loader calls before they have started. clang 14 refuses the attribute on
// templates. In both cases these loops run baseline code; matrix products are not affected.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__) && defined(__GNUC__) && \
    !defined(__clang__)
#define MILLRACE_VECTORIZED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), flatten))
#else
#define MILLRACE_VECTORIZED
#endif
#define MILLRACE_INLINE inline __attribute__((always_inline))
