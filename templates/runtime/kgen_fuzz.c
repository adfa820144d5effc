/*
 * kgen_fuzz.c - libFuzzer's entry: plays an input on the simulator.
 *
 * Copied as it is by kgen. Every input is played twice, each time with a fresh device. The second
 * time memory that nobody wrote holds other garbage, and the caller overwrites its request as soon as
 * it was captured: if anything that a caller sees is another, a byte got out or was fetched twice.
 */
#include "kgen_fuzz.h"

#include <stdlib.h>

/* What the caller's buffer holds behind the bytes that the input gives. */
#define UNTOUCHED 0xA5

/* What a caller saw of one operation. */
struct outcome {
    uint32_t status;
    uint32_t information;
    uint8_t *out;
    size_t out_size;
};

struct play {
    struct kgen_sim_device *device;
    struct kgen_sim_open *opens[KGEN_FUZZ_HANDLES];
    bool are_32_bit[KGEN_FUZZ_HANDLES];
    struct outcome outcomes[KGEN_FUZZ_OPERATIONS];
    struct kgen_fuzz_ids ids;
};

/* NULL for no bytes: a byte before or behind it belongs to nobody. */
static uint8_t *exactly(struct kgen_fuzz_bytes bytes, size_t size)
{
    uint8_t *memory = size > 0 ? malloc(size) : NULL;

    if (memory == NULL)
        return NULL;
    memset(memory, UNTOUCHED, size);
    if (bytes.size > 0)
        memcpy(memory, bytes.at, kgen_smaller(bytes.size, size));
    return memory;
}

static void close_handle(struct play *play, size_t handle)
{
    if (play->opens[handle] != NULL)
        kgen_sim_close(play->opens[handle]);
    play->opens[handle] = NULL;
}

static void open_handle(struct play *play, const struct kgen_fuzz_operation *operation,
                        struct outcome *outcome)
{
    const struct kgen_sim_caller caller = {
        .access = operation->flags & (KGEN_READ_ACCESS | KGEN_WRITE_ACCESS),
        .from_kernel = (operation->flags & KGEN_FUZZ_FROM_KERNEL) != 0,
        .is_32_bit = (operation->flags & KGEN_FUZZ_IS_32_BIT) != 0,
    };

    close_handle(play, operation->handle);
    play->are_32_bit[operation->handle] = caller.is_32_bit;
    kgen_fuzz_tell(operation->answer.at, operation->answer.size);
    outcome->status = kgen_sim_open(play->device, &caller, &play->opens[operation->handle]);
    if ((outcome->status == 0) != (play->opens[operation->handle] != NULL))
        kgen_fuzz_fail("open", "a handle and status %08x", (unsigned)outcome->status);
}

static void control(struct play *play, const struct kgen_fuzz_operation *operation,
                    struct outcome *outcome)
{
    uint8_t *in = exactly(operation->in, operation->in.size);
    const struct kgen_fuzz_ioctl *ioctl =
        kgen_fuzz_find(operation->code, play->are_32_bit[operation->handle]);
    struct kgen_sim_request request = {.code = operation->code};

    kgen_fuzz_link(&play->ids, ioctl, in, operation->in.size);
    outcome->out_size = operation->out_size;
    outcome->out = exactly(operation->data, operation->out_size);
    request.in = in;
    request.in_size = (uint32_t)operation->in.size;
    request.out = outcome->out;
    request.out_size = (uint32_t)operation->out_size;
    kgen_fuzz_tell(operation->answer.at, operation->answer.size);
    outcome->status = kgen_sim_control(play->opens[operation->handle], &request);
    outcome->information = request.information;
    kgen_fuzz_learn(&play->ids, ioctl, outcome->out, outcome->information);
    free(in);
}

static void play_one(struct play *play, const struct kgen_fuzz_operation *operation,
                     struct outcome *outcome)
{
    switch (operation->kind) {
    case KGEN_FUZZ_OPEN:
        open_handle(play, operation, outcome);
        break;
    case KGEN_FUZZ_CONTROL:
        if (play->opens[operation->handle] != NULL)
            control(play, operation, outcome);
        break;
    default:
        close_handle(play, operation->handle);
        break;
    }
}

static void play_all(struct play *play, bool again, const struct kgen_fuzz_operation *operations,
                     size_t count)
{
    size_t i;

    kgen_fuzz_watch(again);
    if (kgen_sim_start(NULL, &play->device) != 0)
        return;
    if (kgen_sim_interface.handles != NULL)
        kgen_sim_interface.handles->make_each(play->device);
    for (i = 0; i < count; i++)
        play_one(play, &operations[i], &play->outcomes[i]);
    for (i = 0; i < KGEN_FUZZ_HANDLES; i++)
        close_handle(play, i);
    kgen_sim_stop(play->device);
}

/* Not for handlers that answer another way each time they are asked. */
#if !defined(KGEN_FUZZ_ONCE)
static void compare(const struct kgen_fuzz_operation *operation, const struct outcome *one,
                    const struct outcome *other)
{
    const struct kgen_fuzz_ioctl *ioctl = kgen_fuzz_find(operation->code, false);
    const char *name = ioctl != NULL ? ioctl->name : "(no such code)";
    size_t i = 0;

    if (one->status != other->status || one->information != other->information)
        kgen_fuzz_fail(name, "status %08x and %u bytes become %08x and %u with other garbage",
                       (unsigned)one->status, (unsigned)one->information, (unsigned)other->status,
                       (unsigned)other->information);
    if (one->out_size == 0 || memcmp(one->out, other->out, one->out_size) == 0)
        return;
    while (one->out[i] == other->out[i])
        i++;
    kgen_fuzz_fail(name, "byte %zu of the reply depends on memory that nobody wrote", i);
}
#endif

/* Of what was freed less is kept than usual: an input is short, and memory in no cache is slow. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "quarantine_size_mb=16";
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static struct play plays[2];
    struct kgen_fuzz_operation operations[KGEN_FUZZ_OPERATIONS];
    size_t count = kgen_fuzz_read(input, size, operations);
    size_t i;

    memset(plays, 0, sizeof(plays));
    play_all(&plays[0], false, operations, count);
#if !defined(KGEN_FUZZ_ONCE)
    play_all(&plays[1], true, operations, count);
    for (i = 0; i < count; i++)
        compare(&operations[i], &plays[0].outcomes[i], &plays[1].outcomes[i]);
#endif
    for (i = 0; i < count; i++) {
        free(plays[0].outcomes[i].out);
        free(plays[1].outcomes[i].out);
    }
    return 0;
}
