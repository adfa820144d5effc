/*
 * kgen_fuzz_reply.c - what has to become of what a handler did: the reply, the status, the trace.
 *
 * Copied as it is by kgen. Handlers that do anything tell what they do as they do it; once the
 * answer is there, it is held against that. No line is shared with the core.
 */
#include "kgen_fuzz.h"

#include <stdio.h>
#include <stdlib.h>

/* What the handler of the last request did. */
static struct {
    kgen_status status;
    uint8_t *reply; /* as it left it, up to the last element that the caller has room for */
    bool cut;       /* not all that it appended did fit */
    bool faulted;   /* a copy of the caller's buffer failed */
    size_t end;     /* of what it wrote to the caller's buffer */
} did;

static void *copy_of(const void *from, size_t size)
{
    void *made = malloc(size > 0 ? size : 1);

    if (made == NULL)
        abort();
    if (size > 0)
        memcpy(made, from, size);
    return made;
}

/* ---- Room ----------------------------------------------------------------------------------- */

size_t kgen_fuzz_reply_most(const struct kgen_fuzz_ioctl *ioctl, size_t capacity)
{
    const struct kgen_fuzz_record *reply = ioctl->reply;
    size_t most;

    if (reply == NULL || ioctl->data != KGEN_NO_DATA)
        return 0;
    most = reply->size;
    if (reply->tail != NULL)
        most += (size_t)reply->tail->times * reply->tail->size;
    return capacity < most ? capacity : most;
}

size_t kgen_fuzz_reply_room(const struct kgen_fuzz_ioctl *ioctl, size_t capacity)
{
    const struct kgen_fuzz_record *reply = ioctl->reply;

    if (reply == NULL || reply->tail == NULL)
        return 0;
    return (kgen_fuzz_reply_most(ioctl, capacity) - reply->size) / reply->tail->size;
}

/* ---- While the handler runs ----------------------------------------------------------------- */

void kgen_fuzz_did_nothing(void)
{
    free(did.reply);
    memset(&did, 0, sizeof(did));
}

static uint64_t largest(const struct kgen_fuzz_field *field)
{
    return UINT64_MAX >> (64 - field->size * 8 + (field->is_signed ? 1 : 0));
}

/* A number of the reply grows by that, and stays at its largest value. */
static void grow(const struct kgen_fuzz_field *field, uint8_t *reply, uint64_t now, uint64_t by)
{
    uint64_t most = largest(field);

    kgen_fuzz_set(field, reply + field->offset, now > most || by > most - now ? most : now + by);
}

static uint64_t value_of(const struct kgen_fuzz_field *field, const uint8_t *reply)
{
    return kgen_fuzz_get(field, reply + field->offset);
}

void kgen_fuzz_appends(const struct kgen_fuzz_turn *turn, const struct kgen_fuzz_asked *asked,
                       const void *items, uint32_t count)
{
    const struct kgen_fuzz_ioctl *ioctl = asked->ioctl;
    const struct kgen_fuzz_record *record = ioctl->reply;
    const struct kgen_fuzz_field *tail = record->tail;
    const struct kgen_fuzz_field *counter = &record->fields[tail->link];
    size_t room = kgen_fuzz_reply_room(ioctl, asked->out_size);
    size_t size = record->size + room * tail->size;
    uint8_t *reply = copy_of(turn->out, size);
    uint64_t have = value_of(counter, reply);
    size_t first = (uint32_t)(have / tail->unit);
    size_t fit = first < room ? room - first : 0;

    if (fit > count)
        fit = count;
    if (fit > 0)
        memcpy(reply + tail->offset + first * tail->size, items, fit * tail->size);
    did.cut = did.cut || fit < count;
    grow(counter, reply, have, (uint64_t)(ioctl->truncates ? fit : count) * tail->unit);
    if (ioctl->total != NULL) {
        uint64_t now = value_of(ioctl->total, reply);
        uint64_t unit = ioctl->total_in_bytes ? tail->size : 1;

        if (now == 0 && ioctl->total_in_bytes)
            now = record->size;
        grow(ioctl->total, reply, now, (uint64_t)count * unit);
    }
    turn->append(turn->call, turn->out, items, count);
    if (memcmp(reply, turn->out, size) != 0)
        kgen_fuzz_fail(ioctl->name, "%u elements were not appended as they are", (unsigned)count);
    free(reply);
}

bool kgen_fuzz_reads(struct kgen_data *data, const struct kgen_fuzz_asked *asked, size_t offset,
                     void *bytes, size_t size, bool fails)
{
    bool inside = offset <= asked->out_size && size <= asked->out_size - offset;
    bool allowed = inside && asked->ioctl->data == KGEN_FROM_CALLER;
    bool done;

    did.faulted = did.faulted || (allowed && fails);
    kgen_sim_watch.copies_fail = fails;
    done = kgen_data_read(data, offset, bytes, size);
    kgen_sim_watch.copies_fail = false;
    if (done && size > 0 && memcmp(bytes, asked->buffer + offset, size) != 0)
        kgen_fuzz_fail(asked->ioctl->name, "other bytes were read than the caller's");
    return done == (allowed && !did.faulted);
}

bool kgen_fuzz_writes(struct kgen_data *data, const struct kgen_fuzz_asked *asked, size_t offset,
                      const void *bytes, size_t size, bool fails)
{
    bool inside = offset <= asked->out_size && size <= asked->out_size - offset;
    bool allowed = inside && asked->ioctl->data == KGEN_TO_CALLER;
    bool done;

    did.faulted = did.faulted || (allowed && fails);
    if (allowed && !fails) {
        if (size > 0)
            memcpy(asked->buffer + offset, bytes, size);
        if (did.end < offset + size)
            did.end = offset + size;
    }
    kgen_sim_watch.copies_fail = fails;
    done = kgen_data_write(data, offset, bytes, size);
    kgen_sim_watch.copies_fail = false;
    return done == (allowed && !did.faulted);
}

void kgen_fuzz_leaves(const struct kgen_fuzz_asked *asked, const void *reply, kgen_status status)
{
    const struct kgen_fuzz_record *record = asked->driver->reply;
    size_t tail = 0;

    did.status = status;
    if (record == NULL)
        return;
    if (record->tail != NULL)
        tail = kgen_fuzz_reply_room(asked->ioctl, asked->out_size) * record->tail->size;
    did.reply = copy_of(reply, record->size + tail);
}

/* ---- What leaves of it ---------------------------------------------------------------------- */

static void tidy_record(const struct kgen_fuzz_record *record, uint8_t *at);

static void tidy_text(uint8_t *at, size_t size, size_t unit)
{
    size_t end = 0;

    while (end + unit < size && (at[end] != 0 || at[end + unit - 1] != 0))
        end += unit;
    memset(at + end, 0, size - end);
}

static void tidy_union(const struct kgen_fuzz_record *record, uint8_t *at, uint64_t tag);

static void tidy_field(const struct kgen_fuzz_record *owner, uint8_t *start,
                       const struct kgen_fuzz_field *field, size_t times)
{
    uint8_t *at = start + field->offset;

    for (; times > 0; times--, at += field->size) {
        switch (field->kind) {
        case KGEN_FUZZ_ZERO:
        case KGEN_FUZZ_HOLE:
            memset(at, 0, field->size);
            break;
        case KGEN_FUZZ_BOOL:
            kgen_fuzz_set(field, at, kgen_fuzz_get(field, at) != 0);
            break;
        case KGEN_FUZZ_BITS:
            kgen_fuzz_set(field, at, kgen_fuzz_get(field, at) & field->high);
            break;
        case KGEN_FUZZ_UTF8:
        case KGEN_FUZZ_UTF16:
            tidy_text(at, field->size, field->kind == KGEN_FUZZ_UTF8 ? 1 : 2);
            break;
        case KGEN_FUZZ_RECORD:
            tidy_record(field->record, at);
            break;
        case KGEN_FUZZ_UNION:
            tidy_union(field->record, at, value_of(&owner->fields[field->link], start));
            break;
        default:
            break;
        }
    }
}

static void tidy_union(const struct kgen_fuzz_record *record, uint8_t *at, uint64_t tag)
{
    uint32_t used = 0;
    uint32_t i;

    for (i = 0; i < record->field_count; i++) {
        const struct kgen_fuzz_field *arm = &record->fields[i];

        if (arm->tag != tag)
            continue;
        used = arm->times * arm->size;
        tidy_field(record, at, arm, arm->times);
    }
    memset(at + used, 0, record->size - used);
}

static void tidy_record(const struct kgen_fuzz_record *record, uint8_t *at)
{
    uint32_t i;

    for (i = 0; i < record->field_count; i++)
        tidy_field(record, at, &record->fields[i], record->fields[i].times);
}

/* What the answer has to be. */
struct answer {
    kgen_status status;
    const char *rule;   /* that is traced; NULL where nobody is to blame */
    const char *blamed; /* the field, or NULL for the ioctl */
    size_t length;
};

static struct answer failure(kgen_status status, const char *rule, const char *blamed)
{
    const struct answer answer = {status, rule, blamed, 0};

    return answer;
}

static struct answer with_tail(const struct kgen_fuzz_asked *asked)
{
    const struct kgen_fuzz_ioctl *ioctl = asked->ioctl;
    const struct kgen_fuzz_record *record = ioctl->reply;
    const struct kgen_fuzz_field *tail = record->tail;
    const struct kgen_fuzz_field *counter = &record->fields[tail->link];
    uint64_t count = value_of(counter, did.reply);
    bool fits;
    struct answer answer = {KGEN_OK, NULL, NULL, 0};

    if (count % tail->unit != 0 || count / tail->unit > tail->times ||
        count / tail->unit < tail->least)
        return failure(KGEN_INTERNAL, "count", counter->name);
    count /= tail->unit;
    fits = count <= kgen_fuzz_reply_room(ioctl, asked->out_size);
    if (!ioctl->truncates && (did.cut || !fits))
        return failure(KGEN_SHORT_BUFFER, NULL, NULL);
    if (!fits)
        return failure(KGEN_INTERNAL, "count", counter->name);
    answer.length = record->size + (size_t)count * tail->size;
    if (tail->text == NULL)
        tidy_field(record, did.reply, tail, (size_t)count);
    if (ioctl->total != NULL) {
        uint64_t got = ioctl->total_in_bytes ? answer.length : count;

        if (value_of(ioctl->total, did.reply) < got)
            kgen_fuzz_set(ioctl->total, did.reply + ioctl->total->offset, got);
        if (value_of(ioctl->total, did.reply) > got)
            answer.status = KGEN_TRUNCATED;
    }
    return answer;
}

/* The reply as the caller has it; false where a number does not fit into that. */
static bool narrow_reply(const struct kgen_fuzz_record *wide, const struct kgen_fuzz_record *narrow)
{
    uint8_t *reply = malloc(narrow->size);
    bool fits;

    if (reply == NULL)
        abort();
    fits = kgen_fuzz_narrow(wide, did.reply, narrow, reply);
    free(did.reply);
    did.reply = reply;
    return fits;
}

static struct answer good(const struct kgen_fuzz_asked *asked)
{
    const struct kgen_fuzz_record *record = asked->driver->reply;
    struct answer answer = {KGEN_OK, NULL, NULL, did.end};

    if (record == NULL)
        return answer;
    tidy_record(record, did.reply);
    if (record->tail != NULL)
        return with_tail(asked);
    if (record != asked->ioctl->reply && !narrow_reply(record, asked->ioctl->reply))
        return failure(KGEN_OVERFLOW, "range", NULL);
    answer.length = kgen_fuzz_reply_most(asked->ioctl, asked->out_size);
    return answer;
}

static bool is_declared(const struct kgen_fuzz_ioctl *ioctl, kgen_status status)
{
    uint32_t i;

    if (status == KGEN_SHORT_BUFFER && ioctl->reply != NULL && ioctl->reply->tail != NULL)
        return !ioctl->truncates;
    for (i = 0; i < ioctl->error_count; i++) {
        if (kgen_sim_status((uint32_t)ioctl->errors[i].value) == status)
            return true;
    }
    return false;
}

static struct answer answer_of(const struct kgen_fuzz_asked *asked)
{
    if (did.faulted)
        return failure(KGEN_FAULT, NULL, NULL);
    if (did.status == KGEN_OK)
        return good(asked);
    if (is_declared(asked->ioctl, did.status))
        return failure(did.status, NULL, NULL);
    return failure(KGEN_INTERNAL, "status", NULL);
}

/* ---- Once the answer is there --------------------------------------------------------------- */

/* A copy that failed may follow a handler that broke its contract. */
static void judge_trace(const struct kgen_fuzz_asked *asked, const char *traced,
                        const struct answer *answer)
{
    const char *interface = kgen_fuzz_interface.name;
    const char *name = asked->ioctl->name;
    char wanted[200] = "";

    if (did.faulted)
        return;
    if (answer->blamed != NULL)
        (void)snprintf(wanted, sizeof(wanted), "%s.%s: %s: %s", interface, name, answer->blamed,
                       answer->rule);
    else if (answer->rule != NULL)
        (void)snprintf(wanted, sizeof(wanted), "%s.%s: %s", interface, name, answer->rule);
    if (strcmp(wanted, traced) != 0)
        kgen_fuzz_fail(name, "\"%s\" was traced in place of \"%s\"", traced, wanted);
}

/* Ids of objects are the core's. */
static void take_ids(const struct kgen_fuzz_ioctl *ioctl, const void *out, size_t length)
{
    struct kgen_fuzz_place places[KGEN_FUZZ_PLACES];
    size_t count = kgen_fuzz_places(ioctl->reply, length, places);

    while (count-- > 0)
        memcpy(did.reply + places[count].offset, (const char *)out + places[count].offset,
               sizeof(uint64_t));
}

void kgen_fuzz_judge_reply(const struct kgen_fuzz_asked *asked,
                           const struct kgen_sim_request *request, uint32_t ntstatus)
{
    const char *name = asked->ioctl->name;
    struct answer answer = answer_of(asked);

    if (kgen_sim_status(ntstatus) != answer.status)
        kgen_fuzz_fail(name, "status %08x (%d) in place of %d", (unsigned)ntstatus,
                       (int)kgen_sim_status(ntstatus), (int)answer.status);
    if (request->information != answer.length)
        kgen_fuzz_fail(name, "Information is %u in place of %zu", (unsigned)request->information,
                       answer.length);
    judge_trace(asked, request->refused, &answer);
    if (asked->ioctl->data == KGEN_TO_CALLER) {
        if (asked->out_size > 0 && memcmp(asked->buffer, request->out, asked->out_size) != 0)
            kgen_fuzz_fail(name, "the caller's buffer holds other bytes than were written");
    } else if (did.reply != NULL && answer.length > 0) {
        take_ids(asked->ioctl, request->out, answer.length);
        if (memcmp(did.reply, request->out, answer.length) != 0)
            kgen_fuzz_fail(name, "the reply is not what its handler set");
    }
}
