/*
 * kgen_fuzz_narrow.c - messages of 32-bit callers as a driver of 64 bits has them, and back.
 *
 * Copied as it is by kgen. Both sides have the same rows, at other places and with words of another size.
 */
#include "kgen_fuzz.h"

const struct kgen_fuzz_ioctl *kgen_fuzz_driver(const struct kgen_fuzz_ioctl *ioctl)
{
    return ioctl != NULL && ioctl->wide != NULL ? ioctl->wide : ioctl;
}

/* Whether the number is still the same as it is stored there. */
static bool put_word(const struct kgen_fuzz_field *field, uint8_t *at, uint64_t value)
{
    kgen_fuzz_set(field, at, value);
    return kgen_fuzz_get(field, at) == value;
}

static bool convert(const struct kgen_fuzz_record *one, const uint8_t *from,
                    const struct kgen_fuzz_record *other, uint8_t *to);

static bool convert_field(const struct kgen_fuzz_field *one, const uint8_t *from,
                          const struct kgen_fuzz_field *other, uint8_t *to)
{
    bool fits = true;
    uint32_t i;

    for (i = 0; i < one->times; i++, from += one->size, to += other->size) {
        if (one->kind == KGEN_FUZZ_RECORD && one->record != other->record)
            fits = convert(one->record, from, other->record, to) && fits;
        else if (one->kind == KGEN_FUZZ_WORD)
            fits = put_word(other, to, kgen_fuzz_get(one, from)) && fits;
        else
            memcpy(to, from, one->size);
    }
    return fits;
}

static bool convert(const struct kgen_fuzz_record *one, const uint8_t *from,
                    const struct kgen_fuzz_record *other, uint8_t *to)
{
    bool fits = true;
    uint32_t i;

    for (i = 0; i < one->field_count; i++) {
        const struct kgen_fuzz_field *field = &one->fields[i];

        if (field->kind != KGEN_FUZZ_HOLE)
            fits = convert_field(field, from + field->offset, &other->fields[i],
                                 to + other->fields[i].offset) &&
                   fits;
    }
    return fits;
}

void kgen_fuzz_widen(const struct kgen_fuzz_record *narrow, const void *from,
                     const struct kgen_fuzz_record *wide, void *to)
{
    memset(to, 0, wide->size);
    (void)convert(narrow, from, wide, to);
}

bool kgen_fuzz_narrow(const struct kgen_fuzz_record *wide, const void *from,
                      const struct kgen_fuzz_record *narrow, void *to)
{
    memset(to, 0, narrow->size);
    return convert(wide, from, narrow, to);
}

static uint64_t fitting(const struct kgen_fuzz_field *field, uint64_t value)
{
    value &= 0xFFFFFFFFu;
    return field->is_signed ? (value ^ 0x80000000u) - 0x80000000u : value;
}

void kgen_fuzz_fit(const struct kgen_fuzz_record *wide, void *start, uint32_t *but, uint32_t end)
{
    static const uint64_t ends[] = {
        0x7FFFFFFF,   0x80000000u,           0xFFFFFFFFu,
        0x100000000u, ~(uint64_t)0x7FFFFFFF, ~(uint64_t)0x80000000u,
    };
    const size_t end_count = sizeof(ends) / sizeof(ends[0]);
    uint32_t i;
    uint32_t j;

    for (i = 0; i < wide->field_count; i++) {
        const struct kgen_fuzz_field *field = &wide->fields[i];
        uint8_t *at = (uint8_t *)start + field->offset;

        for (j = 0; j < field->times; j++, at += field->size) {
            if (field->kind == KGEN_FUZZ_RECORD)
                kgen_fuzz_fit(field->record, at, but, end);
            if (field->kind != KGEN_FUZZ_WORD)
                continue;
            if (*but == 0 || --*but > 0)
                kgen_fuzz_set(field, at, fitting(field, kgen_fuzz_get(field, at)));
            else if (end < end_count)
                kgen_fuzz_set(field, at, ends[end]);
        }
    }
}
