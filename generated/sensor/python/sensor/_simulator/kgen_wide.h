/*
 * kgen_wide.h - exact arithmetic for conditions whose numbers may not fit into 64 bits.
 *
 * Copied as it is by kgen. Signed, 128 bits; a result beyond that is the nearest there is. Neither
 * a 64-bit division nor a 128-bit type of the compiler is needed, so that any kernel will do.
 */
#ifndef KGEN_WIDE_H
#define KGEN_WIDE_H

#include "kgen_runtime.h"

/* Two's complement: high * 2^64 + low. */
struct kgen_wide {
    uint64_t low;
    int64_t high;
};

static inline struct kgen_wide kgen_wide_make(uint64_t high, uint64_t low)
{
    const struct kgen_wide wide = {low, (int64_t)high};

    return wide;
}

static inline struct kgen_wide kgen_wide_signed(int64_t value)
{
    return kgen_wide_make(value < 0 ? ~(uint64_t)0 : 0, (uint64_t)value);
}

static inline struct kgen_wide kgen_wide_unsigned(uint64_t value)
{
    return kgen_wide_make(0, value);
}

static inline struct kgen_wide kgen_wide_limit(bool negative)
{
    return negative ? kgen_wide_make((uint64_t)1 << 63, 0)
                    : kgen_wide_make(~((uint64_t)1 << 63), ~(uint64_t)0);
}

static inline uint64_t kgen_wide_low(struct kgen_wide wide)
{
    return wide.low;
}

/* Less than, equal to or greater than zero as `left` is to `right`. */
static inline int kgen_wide_compare(struct kgen_wide left, struct kgen_wide right)
{
    if (left.high != right.high)
        return left.high < right.high ? -1 : 1;
    if (left.low != right.low)
        return left.low < right.low ? -1 : 1;
    return 0;
}

static inline struct kgen_wide kgen_wide_add(struct kgen_wide left, struct kgen_wide right)
{
    uint64_t low = left.low + right.low;
    uint64_t high = (uint64_t)left.high + (uint64_t)right.high + (low < left.low);

    if ((left.high < 0) == (right.high < 0) && (left.high < 0) != (high >> 63 != 0))
        return kgen_wide_limit(left.high < 0);
    return kgen_wide_make(high, low);
}

static inline struct kgen_wide kgen_wide_negate(struct kgen_wide wide)
{
    const struct kgen_wide one = {1, 0};

    if (kgen_wide_compare(wide, kgen_wide_limit(true)) == 0)
        return kgen_wide_limit(false);
    return kgen_wide_add(kgen_wide_make(~(uint64_t)wide.high, ~wide.low), one);
}

static inline struct kgen_wide kgen_wide_subtract(struct kgen_wide left, struct kgen_wide right)
{
    return kgen_wide_add(left, kgen_wide_negate(right));
}

static inline struct kgen_wide kgen_wide_magnitude(struct kgen_wide wide)
{
    return wide.high < 0 ? kgen_wide_negate(wide) : wide;
}

static inline struct kgen_wide kgen_wide_with_sign(struct kgen_wide wide, bool negative)
{
    return negative ? kgen_wide_negate(wide) : wide;
}

/* Bit by bit, in magnitudes; a sum that reaches the limit stays there. */
static inline struct kgen_wide kgen_wide_multiply(struct kgen_wide left, struct kgen_wide right)
{
    struct kgen_wide factor = kgen_wide_magnitude(left);
    struct kgen_wide times = kgen_wide_magnitude(right);
    struct kgen_wide sum = {0, 0};

    while (times.low != 0 || times.high != 0) {
        if ((times.low & 1) != 0)
            sum = kgen_wide_add(sum, factor);
        factor = kgen_wide_add(factor, factor);
        times.low = times.low >> 1 | (uint64_t)times.high << 63;
        times.high >>= 1;
    }
    return kgen_wide_with_sign(sum, (left.high < 0) != (right.high < 0));
}

static inline struct kgen_wide kgen_wide_shift_left(struct kgen_wide wide, unsigned int bits)
{
    while (bits-- > 0)
        wide = kgen_wide_add(wide, wide);
    return wide;
}

/* Towards minus infinity. */
static inline struct kgen_wide kgen_wide_shift_right(struct kgen_wide wide, unsigned int bits)
{
    while (bits-- > 0) {
        uint64_t sign = (uint64_t)wide.high & (uint64_t)1 << 63;

        wide.low = wide.low >> 1 | (uint64_t)wide.high << 63;
        wide.high = (int64_t)((uint64_t)wide.high >> 1 | sign);
    }
    return wide;
}

/* Long division of magnitudes: `remainder` holds the dividend first, and what is left last. */
static inline struct kgen_wide kgen_wide_quotient(struct kgen_wide *remainder,
                                                  struct kgen_wide divisor)
{
    struct kgen_wide dividend = *remainder;
    struct kgen_wide quotient = {0, 0};
    int bit;

    remainder->low = 0;
    remainder->high = 0;
    for (bit = 0; bit < 128; bit++) {
        *remainder = kgen_wide_make((uint64_t)remainder->high << 1 | remainder->low >> 63,
                                    remainder->low << 1 | (uint64_t)dividend.high >> 63);
        dividend =
            kgen_wide_make((uint64_t)dividend.high << 1 | dividend.low >> 63, dividend.low << 1);
        quotient =
            kgen_wide_make((uint64_t)quotient.high << 1 | quotient.low >> 63, quotient.low << 1);
        if (kgen_wide_compare(*remainder, divisor) >= 0) {
            *remainder = kgen_wide_subtract(*remainder, divisor);
            quotient.low |= 1;
        }
    }
    return quotient;
}

/* Towards zero, as in C; the divisor is positive. */
static inline struct kgen_wide kgen_wide_divide(struct kgen_wide left, struct kgen_wide right)
{
    struct kgen_wide remainder = kgen_wide_magnitude(left);

    return kgen_wide_with_sign(kgen_wide_quotient(&remainder, right), left.high < 0);
}

/* Of the sign of the dividend, as in C; the divisor is positive. */
static inline struct kgen_wide kgen_wide_remainder(struct kgen_wide left, struct kgen_wide right)
{
    struct kgen_wide remainder = kgen_wide_magnitude(left);

    (void)kgen_wide_quotient(&remainder, right);
    return kgen_wide_with_sign(remainder, left.high < 0);
}

static inline struct kgen_wide kgen_wide_and(struct kgen_wide left, struct kgen_wide right)
{
    return kgen_wide_make((uint64_t)(left.high & right.high), left.low & right.low);
}

static inline struct kgen_wide kgen_wide_or(struct kgen_wide left, struct kgen_wide right)
{
    return kgen_wide_make((uint64_t)(left.high | right.high), left.low | right.low);
}

static inline struct kgen_wide kgen_wide_xor(struct kgen_wide left, struct kgen_wide right)
{
    return kgen_wide_make((uint64_t)(left.high ^ right.high), left.low ^ right.low);
}

#endif /* KGEN_WIDE_H */
