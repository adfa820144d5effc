/*
 * kgen_native.h - messages that are laid out as a compiler does: their holes, and callers of 32 bits.
 *
 * Copied as it is by kgen. Freestanding C11, as kgen_runtime.h is.
 */
#ifndef KGEN_NATIVE_H
#define KGEN_NATIVE_H

#include "kgen_runtime.h"

/* ---- Holes ---------------------------------------------------------------------------------- */

/* One past the last byte of a member. */
#define KGEN_END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/* Zero what stands between two members of a reply; there may be nothing. */
static inline void kgen_clear(void *out, size_t from, size_t to)
{
    memset((char *)out + from, 0, to - from);
}

/* ---- 32-bit callers of a 64-bit driver ------------------------------------------------------ */

#if defined(_WIN64) || defined(__LP64__)
#define KGEN_NARROW 1

/*
 * A 64-bit integer as 32-bit programs have it: under Linux on x86 it is aligned to 4 in a struct
 * (System V ABI for Intel386; compat_u64 of the kernel), and elsewhere to 8.
 */
#if defined(__linux__) && defined(__x86_64__)
typedef uint64_t kgen_narrow_u64 __attribute__((aligned(4)));
typedef int64_t kgen_narrow_s64 __attribute__((aligned(4)));
#else
typedef uint64_t kgen_narrow_u64;
typedef int64_t kgen_narrow_s64;
#endif

/* Memory for a message of a 32-bit caller, and for the same as the driver has it behind it. */
#define KGEN_BOTH(narrow, wide) (((sizeof(narrow) + 7) & ~(size_t)7) + sizeof(wide))

static inline void *kgen_behind(void *narrow, size_t size)
{
    return (char *)narrow + kgen_round_up(size);
}

/* A value of the reply does not fit into what the caller has for it. */
static inline kgen_status kgen_refuse_narrow(const struct kgen_place *place)
{
    kgen_trace(place, KGEN_RULE_RANGE);
    return KGEN_OVERFLOW;
}

/* A number of the driver that its caller can hold. */
static inline bool kgen_is_u32(uint64_t value)
{
    return value <= 0xFFFFFFFFu;
}

static inline bool kgen_is_s32(int64_t value)
{
    return value >= -0x7FFFFFFF - 1 && value <= 0x7FFFFFFF;
}
#endif

#endif /* KGEN_NATIVE_H */
