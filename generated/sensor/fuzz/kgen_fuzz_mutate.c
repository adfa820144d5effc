/*
 * kgen_fuzz_mutate.c - libFuzzer's mutator: knows operations, codes, fields, lengths and counts.
 *
 * Copied as it is by kgen. One change of a hundred is libFuzzer's own, of bytes that mean nothing.
 */
#include "kgen_fuzz_mutate.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t out_size, unsigned seed);

struct sequence {
    struct kgen_fuzz_operation operations[KGEN_FUZZ_OPERATIONS];
    size_t count;
};

/* What operations that were changed point to, until the next input. */
static uint8_t memory[1u << 22];
static size_t used;

/* Room for so many bytes; zeroed. NULL where there is none left. */
static uint8_t *room(size_t size)
{
    uint8_t *at = memory + used;

    if (size > sizeof(memory) - used)
        return NULL;
    used += size;
    memset(at, 0, size);
    return at;
}

/* The bytes in memory that may be written, `size` of them; what is new is zero. */
static uint8_t *own(struct kgen_fuzz_bytes *bytes, size_t size)
{
    uint8_t *at = room(size);

    if (at == NULL)
        return NULL;
    if (bytes->size > 0)
        memcpy(at, bytes->at, kgen_smaller(bytes->size, size));
    bytes->at = at;
    bytes->size = size;
    return at;
}

static const struct kgen_fuzz_ioctl *any_ioctl(bool narrow)
{
    size_t chosen = kgen_fuzz_below(kgen_fuzz_interface.ioctl_count);

    return kgen_fuzz_find(kgen_fuzz_interface.ioctls[chosen].code, narrow);
}

/* Whether an operation is likely to be a 32-bit caller's; now and then its message is the other's. */
static bool is_32_bit(const struct sequence *sequence, size_t at)
{
    uint8_t handle = sequence->operations[at].handle;
    bool is_other;

    if (kgen_fuzz_interface.narrow_count == 0)
        return false;
    is_other = kgen_fuzz_one_in(16);
    while (at-- > 0) {
        const struct kgen_fuzz_operation *operation = &sequence->operations[at];

        if (operation->kind == KGEN_FUZZ_OPEN && operation->handle == handle)
            return ((operation->flags & KGEN_FUZZ_IS_32_BIT) != 0) != is_other;
    }
    return is_other;
}

/* ---- Bytes that no table describes: data, answers ------------------------------------------- */

static void change_bytes(struct kgen_fuzz_bytes *bytes)
{
    size_t most = kgen_larger(bytes->size, 16) * 2;
    size_t before = bytes->size;
    uint8_t *at = own(bytes, most);

    if (at != NULL)
        bytes->size = LLVMFuzzerMutate(at, before, most);
}

static void make_answer(struct kgen_fuzz_bytes *answer)
{
    size_t size = 3 + kgen_fuzz_below(24);
    uint8_t *at = room(size);
    size_t i;

    if (at == NULL)
        return;
    for (i = 0; i < size; i++)
        at[i] = (uint8_t)(kgen_fuzz_one_in(3) ? kgen_fuzz_random() : kgen_fuzz_below(8));
    if (!kgen_fuzz_one_in(4))
        at[0] = 0; /* all goes well */
    at[1] = (uint8_t)kgen_fuzz_random();
    answer->at = at;
    answer->size = size;
}

/* ---- Lengths of the caller's buffer --------------------------------------------------------- */

static size_t good_room(const struct kgen_fuzz_ioctl *ioctl)
{
    const struct kgen_fuzz_record *reply = ioctl->reply;
    size_t extra = kgen_fuzz_below(8);

    if (ioctl->data != KGEN_NO_DATA)
        return ioctl->data_min +
               kgen_smaller(extra * ioctl->data_unit, ioctl->data_max - ioctl->data_min);
    if (reply == NULL)
        return kgen_fuzz_one_in(4) ? extra : 0;
    if (reply->tail != NULL && kgen_fuzz_one_in(3))
        return reply->size + (size_t)reply->tail->times * reply->tail->size;
    if (reply->tail != NULL)
        return reply->size + extra * reply->tail->size + (kgen_fuzz_one_in(4) ? 1 : 0);
    if (reply->grows)
        return reply->first + kgen_fuzz_below(reply->size - reply->first + 1);
    return reply->size + (kgen_fuzz_one_in(4) ? extra : 0);
}

static size_t bad_room(const struct kgen_fuzz_ioctl *ioctl)
{
    switch (kgen_fuzz_below(5)) {
    case 0:
        return ioctl->data_max + 1;
    case 1:
        return kgen_larger(ioctl->data_min, 1) - 1;
    case 2:
        return ioctl->reply != NULL ? ioctl->reply->size - 1 : 1;
    case 3:
        return 0;
    default:
        return good_room(ioctl) + 1 - 2 * kgen_fuzz_below(2);
    }
}

/* ---- One field of a request ----------------------------------------------------------------- */

/* The elements that are there: those of a tail as the length says. */
static size_t there(const struct kgen_fuzz_record *record, const struct kgen_fuzz_field *field,
                    size_t length)
{
    if (field != record->tail)
        return length < record->size ? 0 : field->times;
    return length > record->size ? (length - record->size) / field->size : 0;
}

static const struct kgen_fuzz_field *any_field(const struct kgen_fuzz_record *record)
{
    size_t count = record->field_count + (record->tail != NULL ? 1 : 0);
    size_t chosen = kgen_fuzz_below(count);

    return chosen < record->field_count ? &record->fields[chosen] : record->tail;
}

/* The arm that the tag says; now and then another. */
static const struct kgen_fuzz_field *any_arm(const struct kgen_fuzz_record *record, uint64_t tag)
{
    uint32_t i;

    for (i = 0; i < record->field_count; i++) {
        if (record->fields[i].tag == tag)
            return &record->fields[i];
    }
    return any_field(record);
}

static void change_field(const struct kgen_fuzz_record *record, uint8_t *start, size_t length)
{
    while (record->field_count > 0) {
        const struct kgen_fuzz_field *field = any_field(record);
        size_t times = there(record, field, length);
        uint8_t *at;

        if (times == 0)
            return;
        at = start + field->offset + kgen_fuzz_below(times) * field->size;
        if (field->kind == KGEN_FUZZ_UNION) {
            const struct kgen_fuzz_field *tag = &record->fields[field->link];
            uint64_t value = kgen_fuzz_get(tag, start + tag->offset);

            if (kgen_fuzz_one_in(3)) {
                kgen_fuzz_spoil(field, at);
                return;
            }
            field = any_arm(field->record, value);
            times = field->times;
            if (times == 0)
                return;
            at += kgen_fuzz_below(times) * field->size;
        }
        if (field->kind != KGEN_FUZZ_RECORD) {
            if (kgen_fuzz_one_in(2))
                kgen_fuzz_spoil(field, at);
            else
                kgen_fuzz_make(record, at - field->offset, field, 1);
            return;
        }
        record = field->record;
        start = at;
        length = record->size;
    }
}

/* ---- Operations ----------------------------------------------------------------------------- */

static void make_open(struct kgen_fuzz_operation *made)
{
    memset(made, 0, sizeof(*made));
    made->kind = KGEN_FUZZ_OPEN;
    made->flags = (uint8_t)(kgen_fuzz_one_in(4) ? kgen_fuzz_random() : 3);
    if (kgen_fuzz_interface.narrow_count > 0 && kgen_fuzz_one_in(2))
        made->flags ^= KGEN_FUZZ_IS_32_BIT;
    made->handle = (uint8_t)kgen_fuzz_below(kgen_fuzz_one_in(4) ? KGEN_FUZZ_HANDLES : 1);
    if (kgen_fuzz_one_in(16))
        make_answer(&made->answer);
}

static void make_control(struct sequence *sequence, size_t place)
{
    struct kgen_fuzz_operation *made = &sequence->operations[place];
    const struct kgen_fuzz_ioctl *ioctl;
    size_t most;
    uint8_t *at;

    memset(made, 0, sizeof(*made));
    made->kind = KGEN_FUZZ_CONTROL;
    made->handle = (uint8_t)kgen_fuzz_below(kgen_fuzz_one_in(4) ? KGEN_FUZZ_HANDLES : 1);
    ioctl = any_ioctl(is_32_bit(sequence, place));
    most = kgen_fuzz_request_room(ioctl);
    at = room(most);
    made->code = ioctl->code;
    made->out_size = good_room(ioctl);
    if (at == NULL)
        return;
    made->in.at = at;
    made->in.size = kgen_fuzz_request(ioctl, at);
    used -= most - made->in.size;
    if (ioctl->request != NULL && kgen_fuzz_one_in(2))
        change_field(ioctl->request, at, made->in.size);
    if (kgen_fuzz_one_in(2))
        make_answer(&made->answer);
}

static void make_operation(struct sequence *sequence, size_t place)
{
    struct kgen_fuzz_operation *made = &sequence->operations[place];
    size_t which = kgen_fuzz_below(8);

    if (which == 0) {
        make_open(made);
    } else if (which == 1) {
        make_open(made);
        made->kind = KGEN_FUZZ_CLOSE;
    } else {
        make_control(sequence, place);
    }
}

/* ---- One change of an operation ------------------------------------------------------------- */

static void change_request(struct kgen_fuzz_operation *operation,
                           const struct kgen_fuzz_ioctl *ioctl)
{
    uint8_t *at;

    if (ioctl == NULL || ioctl->request == NULL || kgen_fuzz_one_in(12)) {
        change_bytes(&operation->in);
        return;
    }
    at = own(&operation->in, operation->in.size);
    if (at != NULL)
        change_field(ioctl->request, at, operation->in.size);
}

/* Off by one, by an element, anything; with the count as it was, or as it has to be. */
static void change_length(struct kgen_fuzz_operation *operation,
                          const struct kgen_fuzz_ioctl *ioctl)
{
    const struct kgen_fuzz_record *record = ioctl != NULL ? ioctl->request : NULL;
    size_t size = operation->in.size;
    size_t step = 1;
    uint8_t *at;

    if (record != NULL && record->tail != NULL && kgen_fuzz_one_in(2))
        step = record->tail->size;
    if (kgen_fuzz_one_in(4))
        size = kgen_fuzz_below(size + 1);
    else
        size = kgen_fuzz_one_in(2) || size < step ? size + step : size - step;
    at = own(&operation->in, size);
    if (at == NULL || record == NULL || record->tail == NULL || size < record->size ||
        !kgen_fuzz_one_in(3))
        return;
    kgen_fuzz_set(&record->fields[record->tail->link],
                  at + record->fields[record->tail->link].offset,
                  (size - record->size) / record->tail->size * record->tail->unit);
}

static void change_control(struct sequence *sequence, size_t place)
{
    struct kgen_fuzz_operation *operation = &sequence->operations[place];
    bool narrow = is_32_bit(sequence, place);
    const struct kgen_fuzz_ioctl *ioctl = kgen_fuzz_find(operation->code, narrow);
    size_t which = kgen_fuzz_below(16);

    if (which < 7) {
        change_request(operation, ioctl);
    } else if (which < 9) {
        change_length(operation, ioctl);
    } else if (which < 11) {
        operation->out_size = ioctl == NULL         ? kgen_fuzz_below(64)
                              : kgen_fuzz_one_in(3) ? bad_room(ioctl)
                                                    : good_room(ioctl);
    } else if (which < 13) {
        if (kgen_fuzz_one_in(2))
            make_answer(&operation->answer);
        else
            change_bytes(&operation->answer);
    } else if (which == 13) {
        change_bytes(&operation->data);
    } else if (which == 14) {
        operation->code = kgen_fuzz_one_in(2) ? any_ioctl(narrow)->code
                                              : operation->code ^ 1u << kgen_fuzz_below(32);
    } else {
        make_control(sequence, place);
    }
}

static void change_operation(struct sequence *sequence, size_t place)
{
    if (sequence->operations[place].kind == KGEN_FUZZ_CONTROL)
        change_control(sequence, place);
    else
        make_operation(sequence, place);
}

/* ---- One change of a sequence --------------------------------------------------------------- */

static void insert(struct sequence *sequence)
{
    size_t at = kgen_fuzz_below(sequence->count + 1);

    if (sequence->count == KGEN_FUZZ_OPERATIONS)
        return;
    memmove(&sequence->operations[at + 1], &sequence->operations[at],
            (sequence->count - at) * sizeof(sequence->operations[0]));
    sequence->count++;
    if (at > 0 && kgen_fuzz_one_in(4))
        sequence->operations[at] = sequence->operations[kgen_fuzz_below(at)];
    else
        make_operation(sequence, at);
}

static void take_out(struct sequence *sequence)
{
    size_t at = kgen_fuzz_below(sequence->count);

    sequence->count--;
    memmove(&sequence->operations[at], &sequence->operations[at + 1],
            (sequence->count - at) * sizeof(sequence->operations[0]));
}

static void swap(struct sequence *sequence)
{
    struct kgen_fuzz_operation *one = &sequence->operations[kgen_fuzz_below(sequence->count)];
    struct kgen_fuzz_operation *other = &sequence->operations[kgen_fuzz_below(sequence->count)];
    struct kgen_fuzz_operation kept = *one;

    *one = *other;
    *other = kept;
}

static void change(struct sequence *sequence)
{
    size_t which = kgen_fuzz_below(12);

    if (sequence->count == 0) {
        make_open(&sequence->operations[sequence->count++]);
        insert(sequence);
    } else if (which < 2) {
        insert(sequence);
    } else if (which == 2 && sequence->count > 1) {
        take_out(sequence);
    } else if (which == 3) {
        swap(sequence);
    } else {
        change_operation(sequence, kgen_fuzz_below(sequence->count));
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static struct sequence sequence;
    size_t changes;
    uint8_t *copy;

    kgen_fuzz_seed(seed);
    used = 0;
    copy = room(size);
    if (copy == NULL || kgen_fuzz_one_in(100))
        return LLVMFuzzerMutate(data, size, max_size);
    memcpy(copy, data, size);
    sequence.count = kgen_fuzz_read(copy, size, sequence.operations);
    for (changes = 1 + kgen_fuzz_below(3); changes > 0; changes--)
        change(&sequence);
    return kgen_fuzz_write(sequence.operations, sequence.count, data, max_size);
}

/* The first operations of one input, and the last of another. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t out_size, unsigned seed)
{
    static struct sequence first;
    static struct sequence second;
    size_t kept;
    size_t left;

    kgen_fuzz_seed(seed);
    first.count = kgen_fuzz_read(one, one_size, first.operations);
    second.count = kgen_fuzz_read(other, other_size, second.operations);
    kept = kgen_fuzz_below(first.count + 1);
    left = kgen_fuzz_below(kgen_smaller(second.count, KGEN_FUZZ_OPERATIONS - kept) + 1);
    if (left > 0)
        memcpy(&first.operations[kept], &second.operations[second.count - left],
               left * sizeof(first.operations[0]));
    return kgen_fuzz_write(first.operations, kept + left, out, out_size);
}
