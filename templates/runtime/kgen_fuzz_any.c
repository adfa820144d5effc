/*
 * kgen_fuzz_any.c - handlers that do anything, as the input says.
 *
 * Copied as it is by kgen. They return any status, leave any bytes, append more than fits and reach
 * beyond the caller's buffer; whatever they do, it is the core that answers for what goes back. An
 * empty answer leaves the reply as it is, and says that all went well.
 */
#include "kgen_fuzz.h"

#include <stdlib.h>

enum stage {
    UNBORN, /* zeroed memory */
    ALIVE,
    CLEANED,
    DEAD,
};

enum action {
    FILL = 1,         /* bytes of the reply, up to its tail or the last that fits */
    APPEND = 2,       /* elements */
    APPEND_AGAIN = 4, /* more of them */
    READ = 8,         /* the caller's buffer */
    WRITE = 16,
    FILL_AGAIN = 32, /* after what was appended */
    FIT = 64,        /* words are such as a 32-bit caller can hold, all or all but one */
};

static struct kgen_fuzz_bytes told;
static bool called;
static bool is_any;

/* A byte of which the compiler does not know that nobody looks at it. */
static volatile uint8_t seen;

void kgen_fuzz_tell(const void *answer, size_t size)
{
    told.at = answer;
    told.size = size;
    called = false;
}

bool kgen_fuzz_told(void)
{
    return called;
}

bool kgen_fuzz_is_any(void)
{
    return is_any;
}

/* The next number of the answer; zero once there is no more. */
static uint32_t next(unsigned bytes)
{
    uint32_t value = 0;

    while (bytes-- > 0 && told.size > 0) {
        value = value << 8 | *told.at++;
        told.size--;
    }
    return value;
}

/* The bytes of the answer that are left, and more; heap memory of exactly this size. */
static uint8_t *next_bytes(size_t size)
{
    uint8_t *bytes = malloc(size > 0 ? size : 1);

    if (bytes == NULL)
        abort();
    memset(bytes, 0x5A, size > 0 ? size : 1);
    if (told.size > 0)
        memcpy(bytes, told.at, kgen_smaller(told.size, size));
    return bytes;
}

static kgen_status next_status(void)
{
    uint32_t chosen = next(1);

    if (chosen < 128)
        return KGEN_OK;
    return (kgen_status)(chosen < 224 ? chosen % 32 : KGEN_OWN - 2 + chosen % 16);
}

/* ---- Hooks ---------------------------------------------------------------------------------- */

static void advance(struct kgen_fuzz_life *life, enum stage from, enum stage to)
{
    if (life->stage != (uint32_t)from)
        kgen_fuzz_fail("hook", "stage %u where it has to be %u", (unsigned)life->stage,
                       (unsigned)from);
    life->stage = to;
}

kgen_status kgen_fuzz_start(struct kgen_fuzz_life *device)
{
    is_any = true;
    advance(device, UNBORN, ALIVE);
    return KGEN_OK;
}

void kgen_fuzz_stop(struct kgen_fuzz_life *device)
{
    advance(device, ALIVE, DEAD);
}

kgen_status kgen_fuzz_open(struct kgen_fuzz_life *device, struct kgen_fuzz_life *open)
{
    advance(device, ALIVE, ALIVE);
    advance(open, UNBORN, ALIVE);
    return next_status();
}

void kgen_fuzz_cleanup(struct kgen_fuzz_life *device, struct kgen_fuzz_life *open)
{
    advance(device, ALIVE, ALIVE);
    advance(open, ALIVE, CLEANED);
    if (open->objects != 0)
        kgen_fuzz_fail("hook", "%u objects are left at cleanup", (unsigned)open->objects);
}

/* An object is of its kind, and nobody has written into it, nor zeroed what is its own. */
static void is_whole(const struct kgen_fuzz_life *object, const char *kind)
{
    if (object->stage != ALIVE || object->mark != UINT64_MAX || strcmp(object->kind, kind) != 0)
        kgen_fuzz_fail("hook", "stage %u of a %s is that of no object that a handler got",
                       (unsigned)object->stage, kind);
}

void kgen_fuzz_release(struct kgen_fuzz_life *device, struct kgen_fuzz_life *open,
                       struct kgen_fuzz_life *object, const char *kind)
{
    advance(device, ALIVE, ALIVE);
    advance(open, ALIVE, ALIVE);
    is_whole(object, kind);
    advance(object, ALIVE, DEAD);
    open->objects--;
}

void kgen_fuzz_close(struct kgen_fuzz_life *device, struct kgen_fuzz_life *open)
{
    advance(device, ALIVE, ALIVE);
    advance(open, CLEANED, DEAD);
}

/* ---- Handlers ------------------------------------------------------------------------------- */

/* What a handler relies on: a request that is whole and good, and a reply that is zero. */
static const struct kgen_fuzz_ioctl *rely(const struct kgen_fuzz_turn *turn)
{
    const struct kgen_fuzz_asked *asked = kgen_fuzz_asked();
    const struct kgen_fuzz_ioctl *ioctl = kgen_fuzz_interface.ioctls;
    size_t room;
    const char *bad;
    size_t i;

    while (strcmp(ioctl->name, turn->ioctl) != 0)
        ioctl++;
    if (ioctl != asked->driver || turn->frame->length != asked->request_size)
        kgen_fuzz_fail(turn->ioctl, "a handler got another request, of %zu bytes",
                       turn->frame->length);
    for (i = 0; i < asked->request_size; i++)
        seen = ((const uint8_t *)turn->in)[i];
    /* What is read of a caller's handle is the core's to say. */
    if (asked->request_size > 0 && !ioctl->handles &&
        memcmp(turn->in, asked->request, asked->request_size) != 0)
        kgen_fuzz_fail(turn->ioctl, "a handler got another request than was sent");
    bad = kgen_fuzz_bad_request(ioctl, turn->in, asked->request_size);
    if (bad != NULL)
        kgen_fuzz_fail(turn->ioctl, "a handler got a request with a bad %s", bad);
    if (ioctl->request != NULL && asked->request_size < ioctl->request->size &&
        !kgen_fuzz_are_zero((const uint8_t *)turn->in + asked->request_size,
                            ioctl->request->size - asked->request_size))
        kgen_fuzz_fail(turn->ioctl, "what an older caller does not know of is not zero");
    room = kgen_fuzz_reply_most(ioctl, asked->out_size);
    if (ioctl->reply != NULL && room < ioctl->reply->size)
        room = ioctl->reply->size;
    if (ioctl->reply != NULL && !kgen_fuzz_are_zero(turn->out, room))
        kgen_fuzz_fail(turn->ioctl, "a handler got a reply that is not zero");
    if (turn->append != NULL && turn->room != kgen_fuzz_reply_room(ioctl, asked->out_size))
        kgen_fuzz_fail(turn->ioctl, "a handler was told of room for %u elements",
                       (unsigned)turn->room);
    if (turn->data != NULL &&
        (turn->data->size != asked->out_size || turn->data->direction != ioctl->data))
        kgen_fuzz_fail(turn->ioctl, "a handler got other data");
    if (turn->device->stage != ALIVE || turn->open->stage != ALIVE)
        kgen_fuzz_fail(turn->ioctl, "a handler was called before open, or after cleanup");
    return ioctl;
}

/* An object that is new is zeroed; any other is one that a handler got before. */
static void take_objects(const struct kgen_fuzz_turn *turn)
{
    size_t i;
    size_t j;

    for (i = 0; i < turn->given_count; i++) {
        const struct kgen_fuzz_given *given = &turn->given[i];

        for (j = 0; j < given->count; j++) {
            struct kgen_fuzz_life *object = given->states[j];

            if (!given->is_new) {
                is_whole(object, given->kind);
                continue;
            }
            if (!kgen_fuzz_are_zero((const uint8_t *)object, sizeof(*object)))
                kgen_fuzz_fail(turn->ioctl, "a new %s is not zero", given->kind);
            object->stage = ALIVE;
            object->kind = given->kind;
            object->mark = UINT64_MAX;
            turn->open->objects++;
        }
    }
}

/* As far as the handler may write: to the end of the struct, or of the tail that fits. */
static size_t reach(const struct kgen_fuzz_turn *turn, const struct kgen_fuzz_record *reply)
{
    size_t tail = reply->tail != NULL ? (size_t)turn->room * reply->tail->size : 0;

    return reply->size + tail;
}

static void fill(const struct kgen_fuzz_turn *turn, const struct kgen_fuzz_record *reply)
{
    size_t most = reach(turn, reply);
    size_t at = next(2) % (most + 1);
    size_t size = kgen_smaller(next(2), most - at);
    uint8_t *bytes;

    bytes = next_bytes(size);
    memcpy((char *)turn->out + at, bytes, size);
    (void)next((unsigned)size);
    free(bytes);
}

static void append(const struct kgen_fuzz_turn *turn, const struct kgen_fuzz_record *reply)
{
    uint32_t count = next(1);
    uint8_t *items;

    if (count > 250) /* as many as fit, or a few more */
        count += turn->room - 251;
    items = next_bytes((size_t)count * reply->tail->size);
    kgen_fuzz_appends(turn, kgen_fuzz_asked(), items, count);
    free(items);
}

static void touch(const struct kgen_fuzz_turn *turn, bool reads)
{
    const struct kgen_fuzz_asked *asked = kgen_fuzz_asked();
    size_t far = next(1); /* a few bytes around the end, or anywhere */
    size_t offset = next(2);
    size_t size = next(2);
    size_t whole = asked->out_size;
    bool fails = (far & 32) != 0; /* the caller's memory is gone */
    uint8_t *bytes;
    bool inside;
    bool right;

    if ((far & 1) != 0)
        offset += whole;
    if ((far & 2) != 0)
        size += whole;
    if ((far & 4) != 0)
        offset = SIZE_MAX - offset;
    if ((far & 8) != 0)
        size = SIZE_MAX - size;
    if ((far & 16) != 0)
        size = whole > offset ? whole - offset : 0;
    inside = offset <= whole && size <= whole && offset + size <= whole;
    bytes = next_bytes(inside ? size : kgen_smaller(size, 1u << 16));
    right = reads ? kgen_fuzz_reads(turn->data, asked, offset, bytes, size, fails)
                  : kgen_fuzz_writes(turn->data, asked, offset, bytes, size, fails);
    if (!right)
        kgen_fuzz_fail(turn->ioctl,
                       "%zu bytes at %zu of a buffer of %zu were not %s as they have to be", size,
                       offset, whole, reads ? "read" : "written");
    free(bytes);
}

kgen_status kgen_fuzz_answer(const struct kgen_fuzz_turn *turn)
{
    const struct kgen_fuzz_ioctl *ioctl = rely(turn);
    kgen_status status = next_status();
    uint32_t actions = next(1);

    called = true;
    kgen_fuzz_did_nothing();
    /* A handler may assign the whole struct, with what is padding at its end. */
    if (turn->out_size > 0)
        memset(turn->out, 0, turn->out_size);
    take_objects(turn);
    if (ioctl->reply != NULL && (actions & FILL) != 0)
        fill(turn, ioctl->reply);
    if (turn->append != NULL && (actions & APPEND) != 0)
        append(turn, ioctl->reply);
    if (turn->append != NULL && (actions & APPEND_AGAIN) != 0)
        append(turn, ioctl->reply);
    if (ioctl->reply != NULL && (actions & FILL_AGAIN) != 0)
        fill(turn, ioctl->reply);
    if (ioctl->reply != NULL && (actions & FIT) != 0) {
        uint32_t but = next(1) % 32;

        kgen_fuzz_fit(ioctl->reply, turn->out, &but, next(1) % 8);
    }
    if (turn->data != NULL && (actions & READ) != 0)
        touch(turn, true);
    if (turn->data != NULL && (actions & WRITE) != 0)
        touch(turn, false);
    kgen_fuzz_leaves(kgen_fuzz_asked(), turn->out, status);
    return status;
}
