/*
 * kgen_runtime.h - the rules that hold for every interface, written once.
 *
 * Copied as it is by kgen. Freestanding C11: no heap, no globals, no header of an operating system
 * but for fixed-width types and memcpy. Used by the generated cores; adapters fill in what they own.
 * Handlers may be C++11.
 */
#ifndef KGEN_RUNTIME_H
#define KGEN_RUNTIME_H

#include "kgen_types.h"

#if defined(__KERNEL__)
#include <linux/limits.h>
#include <linux/string.h>
#if !defined(UINT32_MAX)
#define UINT32_MAX U32_MAX
#endif
#else
#include <stdbool.h>
#include <string.h>
#endif

/* ---- What a failed check tells the developer, and nobody else ------------------------------ */

enum kgen_rule {
    KGEN_RULE_CODE,
    KGEN_RULE_ACCESS,
    KGEN_RULE_LENGTH,
    KGEN_RULE_CAPACITY,
    KGEN_RULE_COUNT,
    KGEN_RULE_RANGE,
    KGEN_RULE_ENUM,
    KGEN_RULE_FLAGS,
    KGEN_RULE_BOOL,
    KGEN_RULE_RESERVED,
    KGEN_RULE_STRING,
    KGEN_RULE_UNION,
    KGEN_RULE_CONDITION,
    KGEN_RULE_STATUS,
    KGEN_RULE_OBJECT,
    KGEN_RULE_FULL,
    KGEN_RULE_HANDLE,
    KGEN_RULE_POINTER,
};

/* Where a check stands: a chain from a field up to its ioctl, built on the stack. */
struct kgen_place {
    const struct kgen_place *parent; /* NULL for the ioctl */
    const char *name;                /* NULL for an element of the parent */
    size_t index;
};

#if defined(__cplusplus)
extern "C" {
#endif

/* The driver's own; kgen ships one for each kind of driver. Nothing of it reaches the caller. */
void kgen_trace(const struct kgen_place *place, enum kgen_rule rule);

#if defined(__cplusplus)
}
#endif

static inline const char *kgen_rule_name(enum kgen_rule rule)
{
    static const char *const names[] = {
        "code",      "access", "length", "capacity", "count",  "range",
        "enum",      "flags",  "bool",   "reserved", "string", "union",
        "condition", "status", "object", "full",     "handle", "pointer",
    };

    return (size_t)rule < sizeof(names) / sizeof(names[0]) ? names[rule] : "?";
}

/* Put `text` in front of what `at` points to, as far as there is room after `start`. */
static inline char *kgen_prepend(char *start, char *at, const char *text)
{
    size_t length = strlen(text);

    while (length > 0 && at > start)
        *--at = text[--length];
    return at;
}

static inline char *kgen_prepend_index(char *start, char *at, size_t index)
{
    at = kgen_prepend(start, at, "]");
    do {
        const char digit[2] = {(char)('0' + index % 10), '\0'};

        at = kgen_prepend(start, at, digit);
        index /= 10;
    } while (index > 0);
    return kgen_prepend(start, at, "[");
}

/* The place as text, "vault.list: entries[3].slot". What does not fit is cut off on the left. */
static inline const char *kgen_place_text(const struct kgen_place *place, char *text, size_t size)
{
    char *at = text + size - 1;

    *at = '\0';
    for (; place != NULL; place = place->parent) {
        if (place->name == NULL) {
            at = kgen_prepend_index(text, at, place->index);
            continue;
        }
        at = kgen_prepend(text, at, place->name);
        if (place->parent != NULL)
            at = kgen_prepend(text, at, place->parent->parent == NULL ? ": " : ".");
    }
    return at;
}

/* A field of what stands at `parent`, and an element of such a field. For C alone. */
#define KGEN_FIELD(parent, field) (&(const struct kgen_place){(parent), (field), 0})
#define KGEN_ELEMENT(parent, field, index) \
    (&(const struct kgen_place){KGEN_FIELD(parent, field), NULL, (index)})

static inline kgen_status kgen_refuse(const struct kgen_place *place, enum kgen_rule rule)
{
    kgen_trace(place, rule);
    return KGEN_INVALID;
}

static inline kgen_status kgen_refuse_field(const struct kgen_place *parent, const char *field,
                                            enum kgen_rule rule)
{
    const struct kgen_place place = {parent, field, 0};

    return kgen_refuse(&place, rule);
}

/* The tail has another length than its count says. */
static inline kgen_status kgen_refuse_length(const struct kgen_place *parent, const char *field)
{
    const struct kgen_place place = {parent, field, 0};

    kgen_trace(&place, KGEN_RULE_LENGTH);
    return KGEN_BAD_LENGTH;
}

/* The handler broke its contract. */
static inline kgen_status kgen_blame(const struct kgen_place *place, enum kgen_rule rule)
{
    kgen_trace(place, rule);
    return KGEN_INTERNAL;
}

/* ---- Memory --------------------------------------------------------------------------------- */

static inline bool kgen_is_zero(const void *memory, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)memory;
    unsigned char any = 0;

    while (size-- > 0)
        any |= *bytes++;
    return any == 0;
}

/* Zero memory that nobody reads any more, which a compiler may not leave out. */
static inline void kgen_wipe(void *memory, size_t size)
{
    volatile unsigned char *bytes = (volatile unsigned char *)memory;

    while (size-- > 0)
        *bytes++ = 0;
}

/* ---- Strings -------------------------------------------------------------------------------- */

/* Well-formed UTF-8 (RFC 3629) without NUL. */
static inline bool kgen_utf8_valid(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char low = 0x80; /* what the next byte may be, where `more` have to follow */
    unsigned char high = 0xBF;
    unsigned int more = 0;
    size_t i;

    for (i = 0; i < length; i++) {
        unsigned char byte = bytes[i];

        if (more > 0) {
            if (byte < low || byte > high)
                return false;
            low = 0x80;
            high = 0xBF;
            more--;
            continue;
        }
        if (byte >= 0x01 && byte <= 0x7F)
            continue;
        if (byte >= 0xC2 && byte <= 0xDF)
            more = 1;
        else if (byte >= 0xE0 && byte <= 0xEF)
            more = 2;
        else if (byte >= 0xF0 && byte <= 0xF4)
            more = 3;
        else
            return false;
        if (byte == 0xE0)
            low = 0xA0; /* else overlong */
        else if (byte == 0xED)
            high = 0x9F; /* else a surrogate */
        else if (byte == 0xF0)
            low = 0x90; /* else overlong */
        else if (byte == 0xF4)
            high = 0x8F; /* else above U+10FFFF */
    }
    return more == 0;
}

/* Well-formed UTF-16 without NUL: surrogates in pairs only. */
static inline bool kgen_utf16_valid(const kgen_char16 *text, size_t length)
{
    size_t i;

    for (i = 0; i < length; i++) {
        if (text[i] == 0)
            return false;
        if (text[i] < 0xD800 || text[i] > 0xDFFF)
            continue;
        if (text[i] > 0xDBFF || i + 1 == length)
            return false;
        i++;
        if (text[i] < 0xDC00 || text[i] > 0xDFFF)
            return false;
    }
    return true;
}

static inline size_t kgen_utf8_length(const char *text, size_t size)
{
    size_t length = 0;

    while (length < size && text[length] != 0)
        length++;
    return length;
}

static inline size_t kgen_utf16_length(const kgen_char16 *text, size_t size)
{
    size_t length = 0;

    while (length < size && text[length] != 0)
        length++;
    return length;
}

/* A fixed string: valid, at least one NUL, and nothing but NUL after the first. */
static inline bool kgen_utf8_padded(const char *text, size_t size)
{
    size_t length = kgen_utf8_length(text, size);

    return length < size && kgen_is_zero(text + length, size - length) &&
           kgen_utf8_valid(text, length);
}

static inline bool kgen_utf16_padded(const kgen_char16 *text, size_t size)
{
    size_t length = kgen_utf16_length(text, size);

    return length < size && kgen_is_zero(text + length, (size - length) * sizeof(*text)) &&
           kgen_utf16_valid(text, length);
}

/* Before a string goes back: it ends, and what stands behind its end does not go with it. */
static inline void kgen_utf8_scrub(char *text, size_t size)
{
    size_t length = kgen_utf8_length(text, size - 1);

    memset(text + length, 0, size - length);
}

static inline void kgen_utf16_scrub(kgen_char16 *text, size_t size)
{
    size_t length = kgen_utf16_length(text, size - 1);

    memset(text + length, 0, (size - length) * sizeof(*text));
}

/* ---- The caller's own buffer (`data:`) ------------------------------------------------------ */

enum kgen_direction {
    KGEN_NO_DATA,
    KGEN_FROM_CALLER,
    KGEN_TO_CALLER,
};

/*
 * Memory that the caller can change at any time. It is reached by copies alone, and every copy is
 * bounded here: copy what is needed once, check the copy, use the copy.
 */
struct kgen_data {
    size_t size;                   /* bytes; within the schema's bounds */
    enum kgen_direction direction; /* set by the core */
    size_t done;                   /* one past the last byte written */
    bool faulted;                  /* a copy failed; the request ends in `fault` */
    void *memory;                  /* the adapter's */

    /* The adapter's copy between `offset` and `bytes`; false where the caller's memory is gone. */
    bool (*copy)(struct kgen_data *data, size_t offset, void *bytes, size_t size);
};

static inline bool kgen_data_has(const struct kgen_data *data, size_t offset, size_t size)
{
    return offset <= data->size && size <= data->size - offset;
}

/* Copy from the caller's buffer; false if that is not all inside, or the memory is gone. */
static inline bool kgen_data_read(struct kgen_data *data, size_t offset, void *to, size_t size)
{
    if (data->direction != KGEN_FROM_CALLER || !kgen_data_has(data, offset, size))
        return false;
    if (!data->copy(data, offset, to, size))
        data->faulted = true;
    return !data->faulted;
}

/* Copy to the caller's buffer; false if that is not all inside, or the memory is gone. */
static inline bool kgen_data_write(struct kgen_data *data, size_t offset, const void *from,
                                   size_t size)
{
    if (data->direction != KGEN_TO_CALLER || !kgen_data_has(data, offset, size))
        return false;
    if (!data->copy(data, offset, (void *)(uintptr_t)from, size))
        data->faulted = true;
    else if (data->done < offset + size)
        data->done = offset + size;
    return !data->faulted;
}

/* ---- Plan: what is checked before a byte is read ------------------------------------------- */

struct kgen_handle_field;
struct kgen_pointer_field;

/* One row per ioctl; what is not named is zero. Sizes in bytes. */
struct kgen_operation {
    const char *name;

    uint32_t access;   /* KGEN_READ_ACCESS, KGEN_WRITE_ACCESS */
    uint32_t in_min;   /* length of the request: up to its tail, or its first version */
    uint32_t in_max;   /* with the longest tail, or the largest version accepted */
    uint32_t in_size;  /* sizeof the request */
    uint32_t out_min;  /* capacity for the reply: up to its tail, or its first version */
    uint32_t out_max;  /* with the longest tail */
    uint32_t out_size; /* sizeof the reply */

    enum kgen_direction data;
    uint32_t data_min;
    uint32_t data_max;
    uint32_t data_unit; /* the buffer holds whole elements of this size */

    uint32_t named; /* ids of objects in a request, at most */
    uint32_t made;  /* objects that a request makes */

    bool secret; /* memory that held the request is wiped */

    const struct kgen_handle_field *handles; /* handles of the caller, see kgen_handles.h */
    uint32_t handle_count;

    const struct kgen_pointer_field *pointers; /* of the caller's memory, see kgen_pointers.h */
    uint32_t pointer_count;
};

/* What the caller offers. */
struct kgen_lengths {
    size_t in;
    size_t out;
    size_t data;
    bool is_32_bit; /* under a 64-bit driver */
};

struct kgen_plan {
    const struct kgen_operation *operation; /* also of a request that is refused */
    size_t capture;  /* bytes of input to copy to the start of the scratch memory */
    size_t reply;    /* bytes of the output memory that run may write */
    size_t scratch;  /* bytes of scratch memory that run needs, aligned to 8 */
    size_t messages; /* bytes of it for request and reply; what is held of objects is behind them */
    size_t holds;    /* objects that the request may hold */
};

static inline size_t kgen_round_up(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

static inline size_t kgen_larger(size_t left, size_t right)
{
    return left > right ? left : right;
}

static inline size_t kgen_smaller(size_t left, size_t right)
{
    return left < right ? left : right;
}

static inline kgen_status kgen_refuse_plan(const struct kgen_operation *operation,
                                           enum kgen_rule rule, kgen_status status)
{
    const struct kgen_place place = {NULL, operation->name, 0};

    kgen_trace(&place, rule);
    return status;
}

static inline kgen_status kgen_plan_data(const struct kgen_operation *operation, size_t length)
{
    if (operation->data == KGEN_NO_DATA)
        return KGEN_OK;
    if (length > operation->data_max)
        return kgen_refuse_plan(operation, KGEN_RULE_LENGTH, KGEN_TOO_BIG);
    if (length < operation->data_min && operation->data == KGEN_TO_CALLER)
        return kgen_refuse_plan(operation, KGEN_RULE_CAPACITY, KGEN_SHORT_BUFFER);
    if (length < operation->data_min || (uint32_t)length % operation->data_unit != 0)
        return kgen_refuse_plan(operation, KGEN_RULE_LENGTH, KGEN_BAD_LENGTH);
    return KGEN_OK;
}

/* Bytes that one hold takes: struct kgen_hold and a pointer. */
#define KGEN_HOLD_SIZE (3 * sizeof(uint32_t) + sizeof(void *))

/* Room for an object for each id that the request has room for, and for each that it makes. */
static inline void kgen_plan_holds(const struct kgen_operation *operation, struct kgen_plan *plan)
{
    plan->messages = plan->scratch;
    plan->holds =
        kgen_smaller(operation->named, plan->capture / sizeof(uint64_t)) + operation->made;
    if (plan->holds > 0)
        plan->scratch = kgen_round_up(kgen_round_up(plan->messages) + plan->holds * KGEN_HOLD_SIZE);
}

/* Check access and lengths, in this order, and say what memory the request takes. */
static inline kgen_status kgen_plan(const struct kgen_operation *operation, uint32_t access,
                                    const struct kgen_lengths *lengths, struct kgen_plan *plan)
{
    kgen_status status;

    plan->operation = operation;
    if ((operation->access & ~access) != 0)
        return kgen_refuse_plan(operation, KGEN_RULE_ACCESS, KGEN_ACCESS_DENIED);
    if (lengths->in < operation->in_min)
        return kgen_refuse_plan(operation, KGEN_RULE_LENGTH, KGEN_BAD_LENGTH);
    if (lengths->in > operation->in_max)
        return kgen_refuse_plan(operation, KGEN_RULE_LENGTH,
                                operation->in_min < operation->in_max ? KGEN_TOO_BIG
                                                                      : KGEN_BAD_LENGTH);
    if (lengths->out < operation->out_min)
        return kgen_refuse_plan(operation, KGEN_RULE_CAPACITY, KGEN_SHORT_BUFFER);
    status = kgen_plan_data(operation, lengths->data);
    if (status != KGEN_OK)
        return status;

    plan->capture = lengths->in;
    plan->reply = kgen_smaller(lengths->out, operation->out_max);
    plan->scratch = kgen_round_up(kgen_larger(lengths->in, operation->in_size));
    if (plan->reply < operation->out_size)
        plan->scratch += operation->out_size;
    kgen_plan_holds(operation, plan);
    return KGEN_OK;
}

/* ---- Run: memory of one request ------------------------------------------------------------ */

/* The request as captured, and where the reply is built. */
struct kgen_frame {
    const struct kgen_plan *plan;
    struct kgen_place place; /* the ioctl, for the trace */
    void *in;
    size_t length; /* of the request */
    void *out;     /* zeroed; the caller's side, or scratch where that is smaller than the struct */
    size_t room;   /* bytes of the reply that can go back */
    size_t done;   /* bytes of the reply that do go back */
    bool cut;      /* not all that was appended did fit */
    struct kgen_data *data;
};

static inline void kgen_frame_open(struct kgen_frame *frame, const struct kgen_plan *plan,
                                   void *scratch, void *out, struct kgen_data *data)
{
    const struct kgen_operation *operation = plan->operation;
    size_t request = kgen_larger(plan->capture, operation->in_size);

    frame->plan = plan;
    frame->place.parent = NULL;
    frame->place.name = operation->name;
    frame->place.index = 0;
    frame->in = scratch;
    frame->length = plan->capture;
    frame->out = out;
    frame->room = plan->reply;
    frame->done = 0;
    frame->cut = false;
    frame->data = data;
    if (request > plan->capture)
        memset((char *)scratch + plan->capture, 0, request - plan->capture);
    if (plan->reply < operation->out_size)
        frame->out = (char *)scratch + kgen_round_up(request);
    if (operation->out_size > 0)
        memset(frame->out, 0, kgen_larger(plan->reply, operation->out_size));
    if (data != NULL) {
        data->direction = operation->data;
        data->done = 0;
        data->faulted = false;
    }
}

/* The reply is a struct: all of it goes back, or the part that an older caller knows; the plan has no room for more. */
static inline kgen_status kgen_frame_reply(struct kgen_frame *frame)
{
    frame->done = frame->room;
    return KGEN_OK;
}

/* ---- Tails: the variable end of a message ---------------------------------------------------- */

/*
 * A request of a struct that grows: what the caller does not know of is zero already; what the
 * driver does not know of must be zero.
 */
static inline kgen_status kgen_check_growth(const struct kgen_place *at, const void *request,
                                            size_t known, size_t length)
{
    if (length <= known || kgen_is_zero((const char *)request + known, length - known))
        return KGEN_OK;
    kgen_trace(at, KGEN_RULE_LENGTH);
    return KGEN_TOO_BIG;
}

/* Whether exactly `count` elements follow the first `tail` bytes; length is at least that. */
static inline bool kgen_tail_is(size_t length, size_t tail, size_t element, uint32_t count)
{
    return (length - tail) % element == 0 && (length - tail) / element == count;
}

/* How many elements of the reply's tail the caller's buffer takes. */
static inline size_t kgen_tail_room(const struct kgen_frame *frame, size_t tail, size_t element)
{
    return (frame->room - tail) / element;
}

/* Copy as many as fit behind the `have` elements that are there; returns how many did. */
static inline size_t kgen_tail_append(struct kgen_frame *frame, size_t tail, size_t element,
                                      uint32_t have, const void *from, size_t count)
{
    size_t room = kgen_tail_room(frame, tail, element);
    size_t fit = have < room ? kgen_smaller(count, room - have) : 0;

    if (fit > 0)
        memcpy((char *)frame->out + tail + (size_t)have * element, from, fit * element);
    if (fit < count)
        frame->cut = true;
    return fit;
}

/* A count that a handler adds to: it stays at `most` rather than to begin again at zero. */
static inline uint64_t kgen_add_up(uint64_t count, uint64_t more, uint64_t most)
{
    return more < most - count ? count + more : most;
}

/* Only a reply that is complete leaves; whatever was secret is gone afterwards. */
static inline kgen_status kgen_frame_close(struct kgen_frame *frame, kgen_status status, void *out,
                                           size_t *written)
{
    const struct kgen_plan *plan = frame->plan;

    if (frame->data != NULL && frame->data->faulted)
        status = KGEN_FAULT;
    if (status != KGEN_OK && status != KGEN_TRUNCATED) {
        frame->done = 0;
        if (plan->reply > 0)
            memset(out, 0, plan->reply);
    } else if (frame->out != out && frame->done > 0) {
        memcpy(out, frame->out, frame->done);
    }
    *written = frame->done;
    if (plan->operation->secret)
        kgen_wipe(frame->in, plan->messages);
    return status;
}

#endif /* KGEN_RUNTIME_H */
