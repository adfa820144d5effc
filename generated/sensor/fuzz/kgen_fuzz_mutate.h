/*
 * kgen_fuzz_mutate.h - what the mutator is made of.
 *
 * Copied as it is by kgen.
 */
#ifndef KGEN_FUZZ_MUTATE_H
#define KGEN_FUZZ_MUTATE_H

#include "kgen_fuzz.h"

void kgen_fuzz_seed(unsigned seed);
uint64_t kgen_fuzz_random(void);
size_t kgen_fuzz_below(size_t limit);
bool kgen_fuzz_one_in(size_t times);

/* Good values for so many elements of a field of what stands at `start`. */
void kgen_fuzz_make(const struct kgen_fuzz_record *owner, uint8_t *start,
                    const struct kgen_fuzz_field *field, size_t times);

/* A value for one element that is likely bad. */
void kgen_fuzz_spoil(const struct kgen_fuzz_field *field, uint8_t *at);

/* A whole request, likely a good one; its length. It takes memory of `..._room` bytes. */
size_t kgen_fuzz_request_room(const struct kgen_fuzz_ioctl *ioctl);
size_t kgen_fuzz_request(const struct kgen_fuzz_ioctl *ioctl, uint8_t *at);

#endif /* KGEN_FUZZ_MUTATE_H */
