/*
 * kgen_fuzz_input.c - an input as a sequence of operations, and back.
 *
 * Copied as it is by kgen. Whatever the bytes are, they mean something: what is cut off is shorter.
 */
#include "kgen_fuzz.h"

static uint32_t number_at(const uint8_t *head, unsigned at)
{
    return (uint32_t)head[at] | (uint32_t)head[at + 1] << 8 | (uint32_t)head[at + 2] << 16 |
           (uint32_t)head[at + 3] << 24;
}

static void put_number(uint8_t *head, unsigned at, size_t value)
{
    unsigned i;

    for (i = 0; i < 4; i++)
        head[at + i] = (uint8_t)(value >> (8 * i));
}

static struct kgen_fuzz_bytes take(const uint8_t **at, const uint8_t *end, size_t size)
{
    struct kgen_fuzz_bytes bytes = {*at, size};

    if (bytes.size > (size_t)(end - *at))
        bytes.size = (size_t)(end - *at);
    *at += bytes.size;
    return bytes;
}

size_t kgen_fuzz_read(const uint8_t *input, size_t size, struct kgen_fuzz_operation *operations)
{
    const uint8_t *end = input + size;
    size_t count = 0;

    while (input < end && count < KGEN_FUZZ_OPERATIONS) {
        struct kgen_fuzz_operation *operation = &operations[count++];
        uint8_t head[KGEN_FUZZ_HEAD] = {0};
        struct kgen_fuzz_bytes there = take(&input, end, sizeof(head));

        memcpy(head, there.at, there.size);
        operation->kind = head[0] % KGEN_FUZZ_KINDS;
        operation->flags = head[1];
        operation->handle = head[2] % KGEN_FUZZ_HANDLES;
        operation->out_size = number_at(head, 16) % (KGEN_FUZZ_LARGEST + 1);
        operation->code = number_at(head, 20);
        operation->in = take(&input, end, number_at(head, 4));
        operation->data = take(&input, end, number_at(head, 8));
        operation->answer = take(&input, end, number_at(head, 12));
    }
    return count;
}

static void put_bytes(uint8_t **at, struct kgen_fuzz_bytes bytes)
{
    if (bytes.size > 0)
        memcpy(*at, bytes.at, bytes.size);
    *at += bytes.size;
}

size_t kgen_fuzz_write(const struct kgen_fuzz_operation *operations, size_t count, uint8_t *input,
                       size_t size)
{
    uint8_t *at = input;
    size_t i;

    for (i = 0; i < count; i++) {
        const struct kgen_fuzz_operation *operation = &operations[i];
        size_t needed = operation->in.size + operation->data.size + operation->answer.size;

        if (KGEN_FUZZ_HEAD + needed > size - (size_t)(at - input))
            continue;
        memset(at, 0, KGEN_FUZZ_HEAD);
        at[0] = operation->kind;
        at[1] = operation->flags;
        at[2] = operation->handle;
        put_number(at, 4, operation->in.size);
        put_number(at, 8, operation->data.size);
        put_number(at, 12, operation->answer.size);
        put_number(at, 16, operation->out_size);
        put_number(at, 20, operation->code);
        at += KGEN_FUZZ_HEAD;
        put_bytes(&at, operation->in);
        put_bytes(&at, operation->data);
        put_bytes(&at, operation->answer);
    }
    return (size_t)(at - input);
}
