/*
 * kgen_sim_forward.c - the way to handlers that are not in C.
 *
 * Copied as it is by kgen. The generated handlers of such a library call these.
 */
#include "kgen_sim.h"

uint32_t kgen_sim_forwards(void)
{
    return KGEN_SIM_ABI;
}

_Static_assert(sizeof(((struct kgen_sim_message *)NULL)->pointed) ==
                   KGEN_MOST_POINTERS * sizeof(struct kgen_sim_pointed),
               "every pointer of a request has its place");

uint32_t kgen_sim_data_size(const struct kgen_data *data)
{
    return (uint32_t)data->size;
}

uint32_t kgen_sim_data_read(struct kgen_data *data, size_t offset, void *to, size_t size)
{
    return kgen_data_read(data, offset, to, size);
}

uint32_t kgen_sim_data_write(struct kgen_data *data, size_t offset, const void *from, size_t size)
{
    return kgen_data_write(data, offset, from, size);
}

uint32_t kgen_sim_object_count(const struct kgen_holds *holds)
{
    return holds->count;
}

uint64_t kgen_sim_object_id(const struct kgen_holds *holds, uint32_t index)
{
    return kgen_object_id(holds->objects, holds->list[index].slot);
}

uint32_t kgen_sim_handle_keep(const struct kgen_handle *handle, struct kgen_handle *kept)
{
    *kept = kgen_handle_keep(handle);
    return kept->object != NULL;
}

void kgen_sim_handle_drop(struct kgen_handle *kept)
{
    kgen_handle_drop(kept);
}

void kgen_sim_handle_set(const struct kgen_handle *event)
{
    kgen_event_set(event);
}

kgen_status kgen_sim_hook(const char *name, const void *open)
{
    const struct kgen_sim_handlers *handlers = kgen_sim_current();

    return kgen_sim_status(handlers->hook(handlers->context, name, open));
}

kgen_status kgen_sim_handle(struct kgen_sim_message *message)
{
    const struct kgen_sim_handlers *handlers = kgen_sim_current();

    return kgen_sim_status(handlers->handle(handlers->context, message));
}

void kgen_sim_release(const char *kind, const void *open, uint64_t id)
{
    const struct kgen_sim_handlers *handlers = kgen_sim_current();

    handlers->release(handlers->context, kind, open, id);
}

kgen_status kgen_sim_take(const struct kgen_sim_message *message, void *out, size_t size)
{
    if (message->reply_size > size)
        return KGEN_INTERNAL;
    memcpy(out, message->reply, message->reply_size);
    return KGEN_OK;
}

kgen_status kgen_sim_take_head(const struct kgen_sim_message *message, void *out, size_t tail)
{
    if (message->reply_size < tail)
        return KGEN_INTERNAL;
    memcpy(out, message->reply, tail);
    return KGEN_OK;
}

const void *kgen_sim_items(const struct kgen_sim_message *message, size_t tail)
{
    return (const char *)message->reply + tail;
}

uint32_t kgen_sim_item_count(const struct kgen_sim_message *message, size_t tail, size_t element)
{
    return (uint32_t)((message->reply_size - tail) / element);
}
