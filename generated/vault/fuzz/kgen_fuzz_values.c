/*
 * kgen_fuzz_values.c - values that a field may have, those just outside, and whole requests of them.
 *
 * Copied as it is by kgen.
 */
#include "kgen_fuzz_mutate.h"

/* ---- Chance --------------------------------------------------------------------------------- */

static uint64_t state;

void kgen_fuzz_seed(unsigned seed)
{
    state = (uint64_t)seed * 0x9E3779B97F4A7C15u + 1;
}

/* splitmix64: any seed will do. */
uint64_t kgen_fuzz_random(void)
{
    uint64_t mixed = state += 0x9E3779B97F4A7C15u;

    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    return mixed ^ mixed >> 31;
}

/* Below a limit, which is not zero. */
size_t kgen_fuzz_below(size_t limit)
{
    return (size_t)(kgen_fuzz_random() % limit);
}

bool kgen_fuzz_one_in(size_t times)
{
    return kgen_fuzz_below(times) == 0;
}

/* ---- Good values ---------------------------------------------------------------------------- */

static void make_number(const struct kgen_fuzz_field *field, uint8_t *at)
{
    uint64_t span = field->high - field->low;
    uint64_t step = kgen_fuzz_one_in(4) ? kgen_fuzz_random() : kgen_fuzz_below(3);

    if (span != UINT64_MAX)
        step %= span + 1;
    kgen_fuzz_set(field, at, kgen_fuzz_one_in(3) ? field->high - step : field->low + step);
}

/* Near an end of 32 bits, or anything. */
static void make_word(const struct kgen_fuzz_field *field, uint8_t *at)
{
    static const uint64_t ends[] = {0, 0x7FFFFFFF, 0xFFFFFFFFu, ~(uint64_t)0x7FFFFFFF};
    uint64_t near = ends[kgen_fuzz_below(sizeof(ends) / sizeof(ends[0]))] + kgen_fuzz_below(3);

    kgen_fuzz_set(field, at, kgen_fuzz_one_in(4) ? kgen_fuzz_random() : near - 1);
}

static void make_choice(const struct kgen_fuzz_field *field, uint8_t *at)
{
    uint64_t value = field->values[kgen_fuzz_below(field->value_count)].value;
    uint64_t mask =
        field->width > 0 ? (((uint64_t)1 << field->width) - 1) << field->shift : ~(uint64_t)0;

    kgen_fuzz_set(field, at, (kgen_fuzz_get(field, at) & ~mask) | (value << field->shift & mask));
}

/* A string of one, two, three and four bytes a character. */
static size_t make_utf8(uint8_t *at, size_t size)
{
    static const char *const characters[] = {
        "a", "Z", "\x7F", "\xC2\x80", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    size_t used = 0;

    while (used < size) {
        const char *character = characters[kgen_fuzz_below(kgen_fuzz_one_in(4) ? 6 : 2)];
        size_t length = strlen(character);

        if (length > size - used)
            character = "b";
        length = kgen_smaller(length, size - used);
        memset(at + used, 'b', length);
        if (character[0] != 'b')
            memcpy(at + used, character, length);
        used += length;
    }
    return used;
}

static void put_unit(uint8_t *at, unsigned unit)
{
    kgen_char16 stored = (kgen_char16)unit;

    memcpy(at, &stored, sizeof(stored));
}

static void make_utf16(uint8_t *at, size_t units)
{
    size_t i;

    for (i = 0; i < units; i++) {
        if (i + 1 < units && kgen_fuzz_one_in(6)) {
            put_unit(at + i++ * 2, 0xD83D);
            put_unit(at + i * 2, 0xDE00);
        } else {
            put_unit(at + i * 2, kgen_fuzz_one_in(4) ? 0x20AC : 'a');
        }
    }
}

static void make_text(uint8_t *at, size_t units, size_t unit)
{
    if (unit == 1)
        (void)make_utf8(at, units);
    else
        make_utf16(at, units);
}

/* With at least one NUL. */
static void make_padded(uint8_t *at, size_t size, size_t unit)
{
    size_t units = kgen_fuzz_below(size / unit);

    memset(at, 0, size);
    make_text(at, units, unit);
}

static void make_bytes(uint8_t *at, size_t size)
{
    bool same = kgen_fuzz_one_in(2);
    uint8_t first = (uint8_t)kgen_fuzz_random();
    size_t i;

    for (i = 0; i < size; i++)
        at[i] = same ? first : (uint8_t)kgen_fuzz_random();
}

static void make_record(const struct kgen_fuzz_record *record, uint8_t *at);

static void make_union(const struct kgen_fuzz_record *record, uint8_t *at, uint64_t tag)
{
    uint32_t i;

    memset(at, 0, record->size);
    for (i = 0; i < record->field_count; i++) {
        if (record->fields[i].tag == tag)
            kgen_fuzz_make(record, at, &record->fields[i], record->fields[i].times);
    }
}

static void make_element(const struct kgen_fuzz_record *owner, uint8_t *start,
                         const struct kgen_fuzz_field *field, uint8_t *at)
{
    switch (field->kind) {
    case KGEN_FUZZ_NUMBER:
        make_number(field, at);
        break;
    case KGEN_FUZZ_CHOICE:
        make_choice(field, at);
        break;
    case KGEN_FUZZ_FLAGS:
    case KGEN_FUZZ_BITS:
        kgen_fuzz_set(field, at, kgen_fuzz_random() & field->high);
        break;
    case KGEN_FUZZ_BOOL:
        *at = (uint8_t)kgen_fuzz_below(2);
        break;
    case KGEN_FUZZ_BYTES:
    case KGEN_FUZZ_HOLE:
        make_bytes(at, field->size);
        break;
    case KGEN_FUZZ_WORD:
        make_word(field, at);
        break;
    case KGEN_FUZZ_ID: /* one that is known, and more often a new one */
        kgen_fuzz_set(field, at, 1 + kgen_fuzz_below(kgen_fuzz_one_in(2) ? 3 : 12));
        break;
    case KGEN_FUZZ_ZERO:
        memset(at, 0, field->size);
        break;
    case KGEN_FUZZ_UTF8:
        make_padded(at, field->size, 1);
        break;
    case KGEN_FUZZ_UTF16:
        make_padded(at, field->size, 2);
        break;
    case KGEN_FUZZ_RECORD:
        make_record(field->record, at);
        break;
    case KGEN_FUZZ_UNION: {
        const struct kgen_fuzz_field *tag = &owner->fields[field->link];

        make_union(field->record, at, kgen_fuzz_get(tag, start + tag->offset));
        break;
    }
    }
}

void kgen_fuzz_make(const struct kgen_fuzz_record *owner, uint8_t *start,
                    const struct kgen_fuzz_field *field, size_t times)
{
    size_t i;

    for (i = 0; i < times; i++)
        make_element(owner, start, field, start + field->offset + i * field->size);
}

static void make_record(const struct kgen_fuzz_record *record, uint8_t *at)
{
    uint32_t i;

    for (i = 0; i < record->field_count; i++)
        kgen_fuzz_make(record, at, &record->fields[i], record->fields[i].times);
}

/* ---- Bad values ----------------------------------------------------------------------------- */

static void spoil_bytes(const struct kgen_fuzz_field *field, uint8_t *at)
{
    switch (kgen_fuzz_below(4)) {
    case 0: /* no end */
        memset(at, 'a', field->size);
        break;
    case 1: /* something behind the end */
        memset(at, 0, field->size);
        at[field->size - 1] = 1;
        break;
    case 2: /* only the last byte of what is there */
        at[field->size - 1] ^= (uint8_t)(1u << kgen_fuzz_below(8));
        break;
    default:
        at[kgen_fuzz_below(field->size)] = (uint8_t)kgen_fuzz_random();
        break;
    }
}

static uint64_t bad_number(const struct kgen_fuzz_field *field, uint64_t now)
{
    static const uint64_t odd[] = {0, 1, ~(uint64_t)0, (uint64_t)1 << 63, 0x7FFFFFFF, 0x80000000u};

    switch (kgen_fuzz_below(8)) {
    case 0:
        return odd[kgen_fuzz_below(sizeof(odd) / sizeof(odd[0]))];
    case 1: /* one bit */
        return now ^ (uint64_t)1 << kgen_fuzz_below(field->size * 8);
    case 2: /* a neighbour */
    case 3:
        return now + 1 - 2 * kgen_fuzz_below(2);
    default: /* just outside */
        if (field->kind == KGEN_FUZZ_CHOICE)
            return now + ((uint64_t)kgen_fuzz_below(5) << field->shift);
        if (field->kind == KGEN_FUZZ_BOOL)
            return 2;
        return kgen_fuzz_one_in(2) ? field->low - 1 : field->high + 1;
    }
}

static uint64_t bad_bits(const struct kgen_fuzz_field *field, uint64_t now)
{
    uint64_t bit = (uint64_t)1 << kgen_fuzz_below(field->size * 8);

    return (field->high & bit) == 0 || kgen_fuzz_one_in(4) ? now ^ bit : now ^ ~field->high;
}

/* One value just outside of what the schema allows, or far from it. */
void kgen_fuzz_spoil(const struct kgen_fuzz_field *field, uint8_t *at)
{
    if (field->size > 8 || field->kind == KGEN_FUZZ_UTF8 || field->kind == KGEN_FUZZ_UTF16 ||
        field->kind == KGEN_FUZZ_UNION || field->kind == KGEN_FUZZ_ZERO)
        spoil_bytes(field, at);
    else if (field->kind == KGEN_FUZZ_FLAGS || field->kind == KGEN_FUZZ_BITS)
        kgen_fuzz_set(field, at, bad_bits(field, kgen_fuzz_get(field, at)));
    else
        kgen_fuzz_set(field, at, bad_number(field, kgen_fuzz_get(field, at)));
}

/* ---- Requests ------------------------------------------------------------------------------- */

#define FEW 8

/* How many elements a new tail has: few, or as many as there may be if that is no long one. */
static size_t make_count(const struct kgen_fuzz_field *tail)
{
    size_t span = tail->times - tail->least;

    if (kgen_fuzz_one_in(16) && tail->times * tail->size <= KGEN_FUZZ_GROWN)
        return tail->times;
    return tail->least + kgen_smaller(span, kgen_fuzz_below(FEW + 1));
}

size_t kgen_fuzz_request_room(const struct kgen_fuzz_ioctl *ioctl)
{
    const struct kgen_fuzz_record *request = ioctl->request;

    if (request == NULL || request->tail == NULL)
        return request != NULL ? request->size : 0;
    return request->size +
           kgen_larger(KGEN_FUZZ_GROWN, ((size_t)request->tail->least + FEW) * request->tail->size);
}

static size_t try_request(const struct kgen_fuzz_record *record, uint8_t *at)
{
    const struct kgen_fuzz_field *tail = record->tail;
    size_t count;

    memset(at, 0, record->size);
    make_record(record, at);
    if (record->grows && kgen_fuzz_one_in(2))
        return record->first + kgen_fuzz_below(record->size - record->first + 1);
    if (tail == NULL)
        return record->size;
    count = make_count(tail);
    kgen_fuzz_set(&record->fields[tail->link], at + record->fields[tail->link].offset,
                  (uint64_t)count * tail->unit);
    if (tail->text != NULL)
        make_text(at + tail->offset, count, tail->size);
    else
        kgen_fuzz_make(record, at, tail, count);
    return record->size + count * tail->size;
}

size_t kgen_fuzz_request(const struct kgen_fuzz_ioctl *ioctl, uint8_t *at)
{
    bool breaks = kgen_fuzz_one_in(4);
    size_t length = 0;
    unsigned tries;

    if (ioctl->request == NULL)
        return 0;
    /* Every field is good, so only a condition between fields may be broken: by chance, it is met. */
    for (tries = 0; tries < 8; tries++) {
        length = try_request(ioctl->request, at);
        if ((kgen_fuzz_bad_request(ioctl, at, length) != NULL) == breaks)
            break;
    }
    return length;
}
