/*
 * kgen_proof.h - what a proof of the boundary is made of, for each tool that reads it.
 *
 * Copied as it is by kgen, which runs the tools: `kgen verify`. Included before the core, whose text
 * is the one that drivers are built of. What is unknown is a choice of the tool:
 *
 *   KGEN_PROOF_ESBMC  every value at once; the runtime's string functions are replaced by what they
 *                     may read and write, which a proof of their own shows (kgen_proof_runtime.c)
 *   __FRAMAC__        every value at once, memory that was never written told from memory that was
 *   neither           a program: pseudo-random values, for the sanitizers; in every fourth lap through
 *                     the lengths of an ioctl, requests and handlers that are good by construction
 */
#ifndef KGEN_PROOF_H
#define KGEN_PROOF_H

#if defined(KGEN_PROOF_ESBMC)

#include <stddef.h>
#include <stdint.h>
#include <string.h>

uint32_t nondet_uint(void);
size_t nondet_ulong(void);

static inline void kgen_proof_reads(const void *memory, size_t size)
{
    const volatile unsigned char *bytes = memory;

    if (size > 0)
        (void)(bytes[0] + bytes[size - 1]);
}

static inline void kgen_proof_writes(void *memory, size_t size)
{
    unsigned char *bytes = memory;

    if (size > 0) {
        bytes[0] = (unsigned char)nondet_uint();
        bytes[size - 1] = (unsigned char)nondet_uint();
    }
}

/* A copy of any size in place of a loop: the places are shown, what was copied is not followed. */
static inline void *kgen_proof_memcpy(void *to, const void *from, size_t size)
{
    kgen_proof_reads(from, size);
    kgen_proof_writes(to, size);
    return to;
}

#define memcpy kgen_proof_memcpy

#if defined(KGEN_PROOF_NATIVE)
/* The tool does not know that the alignment of a typedef may be less, as for callers of i386: ARM has none such. */
#undef __x86_64__
#define __aarch64__ 1
#endif

#endif

#include "kgen_handles.h"
#include "kgen_objects.h"
#include "kgen_runtime.h"
#if defined(KGEN_PROOF_NATIVE)
#include "kgen_native.h"
#if defined(KGEN_PROOF_ESBMC)

/* Thunks copy so many bytes as is written there, and these are followed, holes among them. */
static inline void *kgen_proof_bytes(void *to, const void *from, size_t size)
{
    unsigned char *written = to;
    const unsigned char *read = from;

    while (size-- > 0)
        *written++ = *read++;
    return to;
}

#undef memcpy
#define memcpy kgen_proof_bytes

#endif
#endif

/* ---- The tools ------------------------------------------------------------------------------ */

#if defined(KGEN_PROOF_ESBMC)

static inline size_t kgen_proof_size(void)
{
    return nondet_ulong();
}

static inline uint32_t kgen_proof_number(void)
{
    return nondet_uint();
}

static inline void kgen_proof_any(void *memory, size_t size)
{
    unsigned char *bytes = memory;

    while (size-- > 0)
        *bytes++ = (unsigned char)nondet_uint();
}

/* The twin of a proof claims that its end is never reached, and has to fail. */
#if defined(KGEN_PROOF_TWIN)
#define KGEN_PROVE(condition)    ((void)0)
#define kgen_proof_reached(name) __ESBMC_assert(0, "reached: " name)
#else
#define KGEN_PROVE(condition)    __ESBMC_assert(condition, #condition)
#define kgen_proof_reached(name) ((void)0)
#endif

#define kgen_proof_leaves(memory, size) kgen_proof_reads(memory, size)
#define kgen_proof_choose(choices)      (kgen_proof_number() % (choices))
#define kgen_proof_good                 false

#elif defined(__FRAMAC__)

#define KGEN_PROOF_INTERVALS

#include "__fc_builtin.h"

extern void Frama_C_show_each_reached(const char *name);

static inline size_t kgen_proof_size(void)
{
    return Frama_C_unsigned_long_interval(0, SIZE_MAX);
}

static inline uint32_t kgen_proof_number(void)
{
    return Frama_C_unsigned_int_interval(0, UINT32_MAX);
}

#define kgen_proof_any(memory, size) Frama_C_make_unknown((char *)(memory), size)
#define kgen_proof_writes(memory, size) Frama_C_make_unknown((char *)(memory), size)
#define KGEN_PROVE(condition)        ((void)0) /* ESBMC proves it */
#define kgen_proof_reached(name)     Frama_C_show_each_reached(name)
#define kgen_proof_choose(choices)   (kgen_proof_number() % (choices))
#define kgen_proof_good              false

static inline void kgen_proof_reads(const void *memory, size_t size)
{
    /*@ assert reads: \initialized((unsigned char *)memory + (0 .. size - 1)); */
}

static inline void kgen_proof_leaves(const void *memory, size_t size)
{
    /*@ assert leaves: \initialized((unsigned char *)memory + (0 .. size - 1)); */
}

#else

#include <stdio.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define KGEN_PROOF_MSAN
#endif
#endif

static uint64_t kgen_proof_state = 0x9E3779B97F4A7C15ull;

/* xorshift64*, the same numbers in every run. */
static inline uint64_t kgen_proof_random(void)
{
    kgen_proof_state ^= kgen_proof_state >> 12;
    kgen_proof_state ^= kgen_proof_state << 25;
    kgen_proof_state ^= kgen_proof_state >> 27;
    return kgen_proof_state * 0x2545F4914F6CDD1Dull;
}

/* Whether the request is to succeed: valid, from who may, and to a handler that says so. */
static bool kgen_proof_good;

static uint32_t kgen_proof_turn;

/* Each choice in turn, and each of them for good in the first of four laps. */
static inline uint32_t kgen_proof_choose(uint32_t choices)
{
    kgen_proof_good = kgen_proof_turn / choices % 4 == 0;
    return kgen_proof_turn % choices;
}

/* Small more often than not, else of any size. */
static inline size_t kgen_proof_size(void)
{
    uint64_t random = kgen_proof_random();

    return (size_t)(random % 4 != 0 ? (random >> 8) % 80 : random >> (random >> 3) % 64);
}

static inline uint32_t kgen_proof_number(void)
{
    return (uint32_t)kgen_proof_size();
}

static inline void kgen_proof_any(void *memory, size_t size)
{
    unsigned char *bytes = memory;
    uint64_t kind = kgen_proof_random() % 3;

    while (size-- > 0)
        *bytes++ = kind == 0 ? 0 : (unsigned char)(kgen_proof_random() % (kind == 1 ? 4 : 256));
}

#define KGEN_PROVE(condition) \
    ((condition) ? (void)0 : kgen_proof_failed(__FILE__, __LINE__, #condition))

static inline void kgen_proof_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    abort();
}

static inline void kgen_proof_reads(const void *memory, size_t size)
{
    const volatile unsigned char *bytes = memory;
    unsigned char any = 0;

    for (; size > 0; size--)
        any |= *bytes++;
    /* A branch on it, which MemorySanitizer checks. */
    if (any == 0)
        kgen_proof_state ^= 1;
}

static inline void kgen_proof_leaves(const void *memory, size_t size)
{
#if defined(KGEN_PROOF_MSAN)
    __msan_check_mem_is_initialized(memory, size);
#else
    kgen_proof_reads(memory, size);
#endif
}

static const char *kgen_proof_names[256];

/* Remember the name; they are printed at the end. */
static inline void kgen_proof_reached(const char *name)
{
    size_t i;

    for (i = 0; i < 255 && kgen_proof_names[i] != NULL && kgen_proof_names[i] != name; i++)
        continue;
    kgen_proof_names[i] = name;
}

static inline void kgen_proof_print(void)
{
    size_t i;

    for (i = 0; i < 255 && kgen_proof_names[i] != NULL; i++)
        printf("reached: %s\n", kgen_proof_names[i]);
}

#define KGEN_PROOF_PROGRAM

#endif

/* Memory that nobody has written to, of which ESBMC takes that it holds anything. */
static inline void kgen_proof_fresh(void *memory, size_t size)
{
#if defined(KGEN_PROOF_ESBMC)
    (void)memory;
    (void)size;
#else
    kgen_proof_any(memory, size);
#endif
}

static inline bool kgen_proof_whether(void)
{
    return !kgen_proof_good && kgen_proof_number() % 2 == 0;
}

/* ---- A request as the caller made it -------------------------------------------------------- */

/* A request that is valid. */
struct kgen_proof_sample {
    size_t size;
    const char *bytes;
};

static inline uint32_t kgen_proof_access(void)
{
    return kgen_proof_good ? UINT32_MAX : kgen_proof_number();
}

/* The length of the caller's own buffer. */
static inline size_t kgen_proof_length(const struct kgen_operation *operation)
{
    return kgen_proof_good ? operation->data_max : kgen_proof_size();
}

#if defined(KGEN_PROOF_PROGRAM)

/* A sample of this size, if there is one; broken in places, where the request is not to succeed. */
static inline bool kgen_proof_sampled(void *scratch, size_t size,
                                      const struct kgen_proof_sample *samples, size_t count)
{
    size_t first = kgen_proof_good || count == 0 ? 0 : kgen_proof_random() % count;
    size_t i;

    for (i = first; i < count; i++) {
        if (samples[i].size != size)
            continue;
        memcpy(scratch, samples[i].bytes, size);
        if (!kgen_proof_good && size > 0 && kgen_proof_random() % 2 == 0)
            kgen_proof_any((char *)scratch + kgen_proof_random() % size, 1);
        return true;
    }
    return false;
}

#endif

/*
 * The adapter's capture: each byte is fetched once, and what it was is known to nobody. The core gets
 * the copy, and no way to the original.
 */
static inline void kgen_proof_capture(void *scratch, size_t size,
                                      const struct kgen_proof_sample *samples, size_t count)
{
#if defined(KGEN_PROOF_PROGRAM)
    if ((kgen_proof_good || kgen_proof_random() % 8 != 0) &&
        kgen_proof_sampled(scratch, size, samples, count))
        return;
#else
    (void)samples;
    (void)count;
#endif
    kgen_proof_fresh(scratch, size);
}

static inline bool kgen_proof_is_zero(const void *memory, size_t size)
{
    const unsigned char *bytes = memory;
    unsigned char any = 0;
    size_t i;

    for (i = 0; i < size; i++)
        any |= bytes[i];
    return any == 0;
}

/*
 * The length of a tail, as its count says. Intervals lose what a division says of a count of bytes, so
 * Eva is told what the others show: it is the rest of the request.
 */
#if defined(KGEN_PROOF_INTERVALS)
#define KGEN_PROOF_TAIL(call, offset, size) ((call)->frame.length - (offset))
#else
#define KGEN_PROOF_TAIL(call, offset, size) (size)
#endif

/* What is to leave: Eva follows it up to where it is copied from, the others to where it arrives. */
#if defined(KGEN_PROOF_INTERVALS)
#define KGEN_PROOF_SOURCE(source, place) (source)
#define kgen_proof_code()                kgen_proof_number()
#elif defined(KGEN_PROOF_PROGRAM)
#define KGEN_PROOF_SOURCE(source, place) (place)
#define kgen_proof_code()                0u
#else
#define KGEN_PROOF_SOURCE(source, place) (place)
#define kgen_proof_code()                kgen_proof_number()
#endif

#define KGEN_PROOF_ALIGNED __attribute__((aligned(8)))

/* The scratch memory that a plan asks for. */
#define KGEN_PROOF_SCRATCH(request, in_size, reply, out_size)                               \
    (((((request) > (in_size) ? (request) : (in_size)) + 7) & ~7) +                         \
     ((reply) < (out_size) ? (out_size) : 0))

/* The same with what is held of objects behind it. */
#define KGEN_PROOF_HELD(messages, holds) \
    ((holds) == 0 ? (messages) : ((((messages) + 7) & ~7) + (int)((holds)*KGEN_HOLD_SIZE) + 7) & ~7)

/* ---- The caller's own buffer, whose bytes nobody here has ------------------------------------ */

/* What the adapter would copy is inside, and only a handler asks for it. */
static bool kgen_proof_in_handler;

/* Bytes of the reply that there is room for. */
static size_t kgen_proof_room;

static inline bool kgen_proof_copy(struct kgen_data *data, size_t offset, void *bytes, size_t size)
{
    (void)bytes;
    KGEN_PROVE(kgen_proof_in_handler);
    KGEN_PROVE(offset <= data->size && size <= data->size - offset);
    return kgen_proof_good || kgen_proof_number() % 8 != 0;
}

/* A handler asks for any part, inside or not. */
static inline void kgen_proof_data(struct kgen_data *data)
{
    unsigned char byte = 0;
    size_t offset = kgen_proof_size();
    size_t size = kgen_proof_size();

    (void)kgen_data_read(data, offset, &byte, size);
    offset = kgen_proof_size();
    size = kgen_proof_size();
    (void)kgen_data_write(data, offset, &byte, size);
    KGEN_PROVE(data->done <= data->size);
}

/* ---- A handler ------------------------------------------------------------------------------- */

#define kgen_proof_enter(name) ((void)(kgen_proof_in_handler = true))

/* How many elements a handler appends each of two times: any number, or half of what there is room for. */
static inline size_t kgen_proof_count(size_t room)
{
    return kgen_proof_good ? room / 2 : kgen_proof_number();
}

/* Any status; as a program, most often the good one. */
static inline kgen_status kgen_proof_leave(void)
{
    kgen_proof_in_handler = false;
#if defined(KGEN_PROOF_PROGRAM)
    if (kgen_proof_good || kgen_proof_random() % 4 != 0)
        return KGEN_OK;
    return (kgen_status)(kgen_proof_random() % 80);
#else
    return (kgen_status)kgen_proof_number();
#endif
}

/* ---- What is proven once, of the runtime, and taken as given here ---------------------------- */

#if !defined(KGEN_PROOF_PROGRAM) && !defined(KGEN_PROOF_RUNTIME)

static inline bool kgen_proof_string(const void *text, size_t size)
{
    kgen_proof_reads(text, size);
    return kgen_proof_number() % 2 == 0;
}

#if defined(KGEN_PROOF_ESBMC)
#define memset(memory, value, size) kgen_proof_writes(memory, size)
#endif
#define kgen_is_zero(memory, size)      kgen_proof_string(memory, size)
#define kgen_utf8_valid(text, length)   kgen_proof_string(text, length)
#define kgen_utf16_valid(text, length)  kgen_proof_string(text, (length) * sizeof(*(text)))
#define kgen_utf8_padded(text, length)  kgen_proof_string(text, length)
#define kgen_utf16_padded(text, length) kgen_proof_string(text, (length) * sizeof(*(text)))
#define kgen_utf8_scrub(text, length)   kgen_proof_writes(text, length)
#define kgen_utf16_scrub(text, length)  kgen_proof_writes(text, (length) * sizeof(*(text)))

#endif

#endif /* KGEN_PROOF_H */
