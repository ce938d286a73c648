// SPDX-License-Identifier: Apache-2.0
//
// MILLRACE_VECTORIZED before a function compiles it for AVX-512, AVX2 and baseline x86-64; the loader picks one.
// For free functions and function templates in one source file, with a plain loop over contiguous floats. Whatever the
// loop calls becomes part of it (flatten): a call would run the baseline's code, an element at a time.
#pragma once

// Sanitizers start after the loader resolves such functions, and crash in the resolver. clang 14 refuses the attribute
// on templates: there the loops stay baseline (the matrix products, oneDNN's, do not).
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__) && defined(__GNUC__) && \
    !defined(__clang__)
#define MILLRACE_VECTORIZED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), flatten))
#else
#define MILLRACE_VECTORIZED
#endif
#define MILLRACE_INLINE inline __attribute__((always_inline))
