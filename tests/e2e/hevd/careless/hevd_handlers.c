/*
 * hevd_handlers.c - handlers as a hurried author writes them: they take what they get, and check nothing.
 *
 * Each does what HEVD's handler of the same name does wrong, as far as a schema leaves something to do wrong.
 */
#include "hevd_handlers.h"
#include "hevd_state.h"

hevd_status hevd_hook_start(struct hevd_device *device)
{
    (void)device;
    return HEVD_OK;
}

void hevd_hook_stop(struct hevd_device *device)
{
    (void)device;
}

hevd_status hevd_hook_open(struct hevd_device *device, struct hevd_open *open)
{
    (void)device;
    memset(open->object, 'o', sizeof(open->object));
    return HEVD_OK;
}

void hevd_hook_cleanup(struct hevd_device *device, struct hevd_open *open)
{
    (void)device;
    (void)open;
}

void hevd_hook_close(struct hevd_device *device, struct hevd_open *open)
{
    (void)device;
    (void)open;
}

static uint32_t sum_of(const unsigned char *bytes, size_t size)
{
    uint32_t sum = 0;

    while (size > 0)
        sum += bytes[--size];
    return sum;
}

/* A copy of the caller's length into a buffer of a fixed size. */
hevd_status hevd_on_buffer_overflow_stack(struct hevd_call *call,
                                          const struct hevd_buffer_overflow_stack_request *in)
{
    unsigned char buffer[HEVD_BUFFER_SIZE];

    memcpy(buffer, hevd_buffer_overflow_stack_request_bytes(in), in->bytes_count);
    call->open->sum = sum_of(buffer, in->bytes_count);
    return HEVD_OK;
}

hevd_status hevd_on_buffer_overflow_pool(struct hevd_call *call,
                                         const struct hevd_buffer_overflow_pool_request *in)
{
    memcpy(call->open->object, hevd_buffer_overflow_pool_request_bytes(in), in->bytes_count);
    return HEVD_OK;
}

/* The sum of a length and the size of a terminator, which wraps. */
hevd_status hevd_on_integer_overflow(struct hevd_call *call,
                                     const struct hevd_integer_overflow_request *in)
{
    const uint32_t terminator = 0xBAD0B0B0u;
    unsigned char buffer[HEVD_BUFFER_SIZE];

    if (in->length + (uint32_t)sizeof(terminator) <= sizeof(buffer)) {
        memcpy(buffer, hevd_integer_overflow_request_words(in), in->length);
        memcpy(buffer + in->length, &terminator, sizeof(terminator));
        call->open->sum = sum_of(buffer, in->length);
    }
    return HEVD_OK;
}

/* The length is read for the check, and again for every byte. */
hevd_status hevd_on_double_fetch(struct hevd_call *call, const struct hevd_double_fetch_request *in,
                                 struct hevd_double_fetch_reply *out)
{
    const unsigned char *bytes = hevd_double_fetch_request_bytes(in);
    unsigned char buffer[HEVD_BUFFER_SIZE];
    uint32_t i;

    if (in->bytes_count > sizeof(buffer))
        return HEVD_E_INVALID;
    call->open->sum = 0;
    for (i = 0; i < in->bytes_count; i++) {
        buffer[i] = bytes[i];
        call->open->sum += buffer[i];
    }
    out->sum = sum_of(buffer, i);
    return HEVD_OK;
}

/* The same with memory that stays the caller's: here the boundary cannot help. */
hevd_status hevd_on_double_fetch_data(struct hevd_call *call, struct kgen_data *data)
{
    struct {
        uint32_t size;
        unsigned char bytes[HEVD_OBJECT_SIZE];
    } record;

    memset(&record, 0, sizeof(record));
    (void)kgen_data_read(data, 0, &record.size, sizeof(record.size));
    if (record.size > sizeof(record.bytes))
        return HEVD_E_INVALID;
    (void)kgen_data_read(data, 0, &record, sizeof(record));
    memcpy(call->open->object, record.bytes, record.size);
    return HEVD_OK;
}

/* What goes where, both from the caller. */
hevd_status hevd_on_arbitrary_write(struct hevd_call *call,
                                    const struct hevd_arbitrary_write_request *in)
{
    call->device->slots[in->where] = in->what;
    return HEVD_OK;
}

hevd_status hevd_on_arbitrary_increment(struct hevd_call *call,
                                        const struct hevd_arbitrary_increment_request *in)
{
    call->device->counters[in->counter]++;
    return HEVD_OK;
}

hevd_status hevd_on_write_null(struct hevd_call *call, struct hevd_write_null_reply *out)
{
    (void)call;
    out->value = 0;
    return HEVD_OK;
}

/* As much as the caller has room for, from an object of its own size. */
hevd_status hevd_on_memory_disclosure(struct hevd_call *call,
                                      struct hevd_memory_disclosure_reply *out)
{
    hevd_memory_disclosure_append(call, out, call->open->object, hevd_memory_disclosure_room(call));
    return HEVD_OK;
}

/* A reply that is filled in part, with a name that does not end; also where the request fails. */
hevd_status hevd_on_uninitialized_memory_pool(
    struct hevd_call *call, const struct hevd_uninitialized_memory_pool_request *in,
    struct hevd_uninitialized_memory_pool_reply *out)
{
    (void)call;
    out->id = 7;
    memset(out->name, 'n', sizeof(out->name));
    return in->fail ? HEVD_E_NOT_FOUND : HEVD_OK;
}

/* The tests make errors of warnings; this author did not. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wsometimes-uninitialized"
#else
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

/* A variable that is set for the magic value alone. */
hevd_status hevd_on_uninitialized_memory_stack(
    struct hevd_call *call, const struct hevd_uninitialized_memory_stack_request *in,
    struct hevd_uninitialized_memory_stack_reply *out)
{
    uint32_t value;

    (void)call;
    if (in->magic == HEVD_MAGIC_GOOD)
        value = 1;
    out->value = value;
    return HEVD_OK;
}

static const uint32_t *find(struct hevd_device *device, uint32_t magic)
{
    return magic == HEVD_MAGIC_GOOD ? &device->counters[0] : NULL;
}

/* A pointer that is there for the magic value alone. */
hevd_status hevd_on_null_pointer_dereference(struct hevd_call *call,
                                             const struct hevd_null_pointer_dereference_request *in,
                                             struct hevd_null_pointer_dereference_reply *out)
{
    out->value = *find(call->device, in->magic);
    return HEVD_OK;
}

/* What is not a number is taken for a text. */
hevd_status hevd_on_type_confusion(struct hevd_call *call,
                                   const struct hevd_type_confusion_request *in)
{
    if (in->kind == HEVD_KIND_NUMBER)
        call->open->sum = (uint32_t)in->content.number;
    else
        memcpy(call->open->object, in->content.text, strlen(in->content.text) + 1);
    return HEVD_OK;
}
