#ifndef PIXELCLIP_CORE_CPU_CLONES_H_
#define PIXELCLIP_CORE_CPU_CLONES_H_

// Before the definition of a function of plain loops over floats: it is compiled for AVX-512, for AVX2 and
// for any CPU of the platform, and the program takes what its machine can do when it starts. All give the
// same bits if no rounding is left to the compiler: it may join a product and a sum into one operation on one
// CPU and not on another, so write std::fma where they meet. Sanitizers run before such a choice could be
// made.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PIXELCLIP_CPU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PIXELCLIP_CPU_CLONES
#endif

#endif  // PIXELCLIP_CORE_CPU_CLONES_H_
