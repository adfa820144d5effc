/*
 * kgen_fuzz_check.c - what the schema says of a message, read from tables.
 *
 * Copied as it is by kgen. It decides as the generated core does, and shares no line with it.
 */
#include "kgen_fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

__extension__ typedef __int128 wide;

void kgen_fuzz_fail(const char *ioctl, const char *format, ...)
{
    va_list arguments;

    (void)fprintf(stderr, "== kgen_fuzz: %s.%s: ", kgen_fuzz_interface.name, ioctl);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "\n");
    abort();
}

const struct kgen_fuzz_ioctl *kgen_fuzz_find(uint32_t code, bool is_32_bit)
{
    uint32_t i;

    for (i = 0; is_32_bit && i < kgen_fuzz_interface.narrow_count; i++) {
        if (kgen_fuzz_interface.narrow[i].code == code)
            return &kgen_fuzz_interface.narrow[i];
    }
    for (i = 0; i < kgen_fuzz_interface.ioctl_count; i++) {
        if (kgen_fuzz_interface.ioctls[i].code == code)
            return &kgen_fuzz_interface.ioctls[i];
    }
    return NULL;
}

size_t kgen_fuzz_request_least(const struct kgen_fuzz_ioctl *ioctl)
{
    const struct kgen_fuzz_record *request = ioctl->request;

    if (request == NULL)
        return 0;
    return request->grows ? request->first : request->size;
}

size_t kgen_fuzz_request_most(const struct kgen_fuzz_ioctl *ioctl)
{
    const struct kgen_fuzz_record *request = ioctl->request;

    if (request == NULL)
        return 0;
    if (request->grows && request->size < KGEN_FUZZ_GROWN)
        return KGEN_FUZZ_GROWN;
    if (request->tail != NULL)
        return request->size + (size_t)request->tail->times * request->tail->size;
    return request->size;
}

/* ---- Numbers -------------------------------------------------------------------------------- */

static uint64_t load(const void *at, uint32_t size, bool is_big)
{
    const uint8_t *bytes = at;
    uint64_t value = 0;
    uint32_t i;

    for (i = 0; i < size; i++)
        value = value << 8 | bytes[is_big ? i : size - 1 - i];
    return value;
}

static uint64_t extend(uint64_t value, uint32_t size, bool is_signed)
{
    uint64_t sign = (uint64_t)1 << (size * 8 - 1);

    return is_signed ? (value ^ sign) - sign : value;
}

static wide number(uint64_t value, bool is_signed)
{
    return is_signed ? (wide)(int64_t)value : (wide)value;
}

uint64_t kgen_fuzz_get(const struct kgen_fuzz_field *field, const void *at)
{
    return extend(load(at, field->size, field->is_big), field->size, field->is_signed);
}

void kgen_fuzz_set(const struct kgen_fuzz_field *field, void *at, uint64_t value)
{
    uint8_t *bytes = at;
    uint32_t i;

    for (i = 0; i < field->size; i++, value >>= 8)
        bytes[field->is_big ? field->size - 1 - i : i] = (uint8_t)value;
}

static bool is_choice(const struct kgen_fuzz_field *field, uint64_t value)
{
    uint32_t i;

    value >>= field->shift;
    if (field->width > 0)
        value &= ((uint64_t)1 << field->width) - 1;
    for (i = 0; i < field->value_count; i++) {
        if (field->values[i].value == value)
            return true;
    }
    return false;
}

/* ---- Strings -------------------------------------------------------------------------------- */

bool kgen_fuzz_are_zero(const uint8_t *at, size_t size)
{
    while (size > 0 && at[size - 1] == 0)
        size--;
    return size == 0;
}

/* RFC 3629, by the code points that a sequence of each length is for. */
static bool is_utf8(const uint8_t *at, size_t size)
{
    static const uint32_t least[] = {0x1, 0x80, 0x800, 0x10000};

    while (size > 0) {
        unsigned more = *at < 0xC0 ? 0 : *at < 0xE0 ? 1 : *at < 0xF0 ? 2 : 3;
        uint32_t point = more == 0 ? *at : *at & (0x3Fu >> more);
        unsigned i;

        if ((*at >= 0x80 && *at < 0xC0) || *at >= 0xF8 || size <= more)
            return false;
        for (i = 1; i <= more; i++) {
            if (at[i] >> 6 != 2)
                return false;
            point = point << 6 | (at[i] & 0x3Fu);
        }
        if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
            return false;
        at += more + 1;
        size -= more + 1;
    }
    return true;
}

static bool is_utf16(const uint8_t *at, size_t units)
{
    bool inside = false; /* after the first half of a pair */
    size_t i;

    for (i = 0; i < units; i++) {
        kgen_char16 unit;
        unsigned kind;

        memcpy(&unit, at + i * 2, 2);
        kind = (unsigned)unit >> 10;
        if (unit == 0 || inside != (kind == 0x37))
            return false;
        inside = kind == 0x36;
    }
    return !inside;
}

static bool is_text(const uint8_t *at, size_t units, size_t unit)
{
    return unit == 1 ? is_utf8(at, units) : is_utf16(at, units);
}

/* Of fixed size. Of a reply only its end is looked at. */
static bool is_padded(const uint8_t *at, size_t size, size_t unit, bool is_reply)
{
    size_t end = 0;

    while (end < size && !kgen_fuzz_are_zero(at + end, unit))
        end += unit;
    return end < size && kgen_fuzz_are_zero(at + end, size - end) &&
           (is_reply || is_text(at, end / unit, unit));
}

/* ---- Conditions ----------------------------------------------------------------------------- */

/* What does not fit is the nearest that does, as in the core. */
static wide nearest(bool negative)
{
    const wide most = ((((wide)1 << 126) - 1) << 1) + 1;

    return negative ? -most - 1 : most;
}

static wide add(wide left, wide right)
{
    wide sum;

    return __builtin_add_overflow(left, right, &sum) ? nearest(left < 0) : sum;
}

static wide subtract(wide left, wide right)
{
    wide difference;

    return __builtin_sub_overflow(left, right, &difference) ? nearest(left < 0) : difference;
}

static wide multiply(wide left, wide right)
{
    wide product;

    return __builtin_mul_overflow(left, right, &product) ? nearest((left < 0) != (right < 0))
                                                         : product;
}

static wide shift_left(wide value, unsigned bits)
{
    for (; bits > 0; bits--)
        value = multiply(value, 2);
    return value;
}

static wide apply(const char *operation, wide left, wide right)
{
    switch (operation[0]) {
    case '+':
        return add(left, right);
    case '-':
        return subtract(left, right);
    case '*':
        return multiply(left, right);
    case '/':
        return left / right;
    case '%':
        return left % right;
    case '&':
        return operation[1] == '&' ? left != 0 && right != 0 : left & right;
    case '|':
        return operation[1] == '|' ? left != 0 || right != 0 : left | right;
    case '^':
        return left ^ right;
    case '=':
        return left == right;
    case '!':
        return left != right;
    case '<':
        if (operation[1] == '<')
            return shift_left(left, (unsigned)right);
        return operation[1] == '=' ? left <= right : left < right;
    default:
        if (operation[1] == '>')
            return left >> (unsigned)right;
        return operation[1] == '=' ? left >= right : left > right;
    }
}

static bool holds(const struct kgen_fuzz_condition *condition, const uint8_t *at)
{
    wide stack[64];
    uint32_t depth = 0;
    uint32_t i;

    for (i = 0; i < condition->tag_count; i++) {
        const struct kgen_fuzz_tag *tag = &condition->tags[i];

        if (load(at + tag->offset, tag->size, tag->is_big) != tag->value)
            return true;
    }
    for (i = 0; i < condition->step_count; i++) {
        const struct kgen_fuzz_step *step = &condition->steps[i];

        if (step->operation[0] == 'f') {
            uint64_t value = load(at + step->offset, step->size, step->is_big);

            stack[depth++] = number(extend(value, step->size, step->is_signed), step->is_signed);
        } else if (step->operation[0] == 'n') {
            stack[depth++] = number((uint64_t)step->number, step->is_signed);
        } else if (step->operation[0] == '~') {
            stack[depth - 1] = stack[depth - 1] == 0;
        } else {
            depth--;
            stack[depth - 1] = apply(step->operation, stack[depth - 1], stack[depth]);
        }
    }
    return stack[0] != 0;
}

/* ---- Fields --------------------------------------------------------------------------------- */

static const char *bad_record(const struct kgen_fuzz_record *record, const uint8_t *at,
                              bool is_reply);

static const char *bad_union(const struct kgen_fuzz_record *record, const uint8_t *at, uint64_t tag,
                             bool is_reply);

static bool is_good_value(const struct kgen_fuzz_field *field, const uint8_t *at, bool is_reply)
{
    uint64_t value;

    switch (field->kind) {
    case KGEN_FUZZ_BYTES:
    case KGEN_FUZZ_WORD:
    case KGEN_FUZZ_ID: /* see kgen_fuzz_objects.c */
        return true;
    case KGEN_FUZZ_HOLE:
        return !is_reply || kgen_fuzz_are_zero(at, field->size);
    case KGEN_FUZZ_ZERO:
        return kgen_fuzz_are_zero(at, field->size);
    case KGEN_FUZZ_UTF8:
    case KGEN_FUZZ_UTF16:
        return is_padded(at, field->size, field->kind == KGEN_FUZZ_UTF8 ? 1 : 2, is_reply);
    default:
        break;
    }
    value = kgen_fuzz_get(field, at);
    switch (field->kind) {
    case KGEN_FUZZ_BOOL:
        return value <= 1;
    case KGEN_FUZZ_BITS:
        return (value & ~field->high) == 0;
    case KGEN_FUZZ_FLAGS:
        return is_reply || (value & ~field->high) == 0;
    case KGEN_FUZZ_CHOICE:
        return is_reply || is_choice(field, value);
    default:
        return is_reply ||
               (number(value, field->is_signed) >= number(field->low, field->is_signed) &&
                number(value, field->is_signed) <= number(field->high, field->is_signed));
    }
}

static const char *bad_elements(const struct kgen_fuzz_record *owner, const uint8_t *start,
                                const struct kgen_fuzz_field *field, size_t times, bool is_reply)
{
    const uint8_t *at = start + field->offset;
    const char *bad = NULL;

    for (; times > 0 && bad == NULL; times--, at += field->size) {
        if (field->kind == KGEN_FUZZ_RECORD) {
            bad = bad_record(field->record, at, is_reply);
        } else if (field->kind == KGEN_FUZZ_UNION) {
            const struct kgen_fuzz_field *tag = &owner->fields[field->link];

            bad = bad_union(field->record, at, kgen_fuzz_get(tag, start + tag->offset), is_reply);
        } else if (!is_good_value(field, at, is_reply)) {
            bad = field->name;
        }
    }
    return bad;
}

static const char *bad_union(const struct kgen_fuzz_record *record, const uint8_t *at, uint64_t tag,
                             bool is_reply)
{
    uint32_t used = 0;
    uint32_t i;

    for (i = 0; i < record->field_count; i++) {
        const struct kgen_fuzz_field *arm = &record->fields[i];

        if (arm->tag != tag)
            continue;
        used = arm->times * arm->size;
        if (bad_elements(record, at, arm, arm->times, is_reply) != NULL)
            return arm->name;
    }
    return kgen_fuzz_are_zero(at + used, record->size - used) ? NULL : record->name;
}

static const char *bad_record(const struct kgen_fuzz_record *record, const uint8_t *at,
                              bool is_reply)
{
    const char *bad = NULL;
    uint32_t i;

    for (i = 0; i < record->field_count && bad == NULL; i++)
        bad = bad_elements(record, at, &record->fields[i], record->fields[i].times, is_reply);
    for (i = 0; !is_reply && i < record->condition_count && bad == NULL; i++) {
        if (!holds(&record->conditions[i], at))
            bad = record->conditions[i].text;
    }
    return bad;
}

/* ---- Messages ------------------------------------------------------------------------------- */

/* How many elements the count says there are; more than may be where it says no such thing. */
static size_t counted(const struct kgen_fuzz_record *record, const uint8_t *at)
{
    const struct kgen_fuzz_field *tail = record->tail;
    const struct kgen_fuzz_field *counter = &record->fields[tail->link];
    uint64_t count = kgen_fuzz_get(counter, at + counter->offset);

    if (count % tail->unit != 0 || count / tail->unit > tail->times)
        return (size_t)tail->times + 1;
    return (size_t)(count / tail->unit);
}

static const char *bad_tail(const struct kgen_fuzz_record *record, const uint8_t *at, size_t length,
                            bool is_reply)
{
    const struct kgen_fuzz_field *tail = record->tail;
    size_t count = counted(record, at);

    if (count > tail->times || count < tail->least)
        return record->fields[tail->link].name;
    if (length != record->size + count * tail->size)
        return tail->name;
    if (tail->text == NULL)
        return bad_elements(record, at, tail, count, is_reply);
    return is_reply || is_text(at + tail->offset, count, tail->size) ? NULL : tail->name;
}

static const char *bad_version(const struct kgen_fuzz_record *record, const uint8_t *at,
                               size_t length)
{
    uint8_t *whole = calloc(1, record->size);
    const char *bad;

    if (whole == NULL)
        abort();
    memcpy(whole, at, length < record->size ? length : record->size);
    bad = bad_record(record, whole, false);
    if (bad == NULL && length > record->size &&
        !kgen_fuzz_are_zero(at + record->size, length - record->size))
        bad = "what is newer";
    free(whole);
    return bad;
}

const char *kgen_fuzz_bad_request(const struct kgen_fuzz_ioctl *ioctl, const void *request,
                                  size_t length)
{
    const struct kgen_fuzz_record *record = ioctl->request;
    const char *bad;

    if (length < kgen_fuzz_request_least(ioctl) || length > kgen_fuzz_request_most(ioctl))
        return "length";
    if (record == NULL)
        return NULL;
    if (record->grows)
        return bad_version(record, request, length);
    bad = bad_record(record, request, false);
    if (bad == NULL && record->tail != NULL)
        bad = bad_tail(record, request, length, false);
    return bad;
}

const char *kgen_fuzz_bad_reply(const struct kgen_fuzz_ioctl *ioctl, const void *reply,
                                size_t length, size_t capacity)
{
    const struct kgen_fuzz_record *record = ioctl->reply;
    const char *bad;

    if (record == NULL)
        return length == 0 ? NULL : "length";
    if (record->grows) {
        /* What an older caller does not know of is cut off. */
        if (length != (capacity < record->size ? capacity : record->size))
            return "length";
        return length == record->size ? bad_record(record, reply, true) : NULL;
    }
    if (record->tail == NULL ? length != record->size : length < record->size)
        return "length";
    bad = bad_record(record, reply, true);
    if (bad == NULL && record->tail != NULL)
        bad = bad_tail(record, reply, length, true);
    return bad;
}
