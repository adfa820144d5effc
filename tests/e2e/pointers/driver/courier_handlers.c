/* Adds up what requests point to, twice: the second time it must still be the same. */
#include "courier_handlers.h"
#include "courier_state.h"

courier_status courier_hook_start(struct courier_device *device)
{
    (void)device;
    return COURIER_OK;
}

void courier_hook_stop(struct courier_device *device)
{
    (void)device;
}

courier_status courier_hook_open(struct courier_device *device, struct courier_open *open)
{
    (void)device;
    (void)open;
    return COURIER_OK;
}

void courier_hook_cleanup(struct courier_device *device, struct courier_open *open)
{
    (void)device;
    (void)open;
}

void courier_hook_close(struct courier_device *device, struct courier_open *open)
{
    (void)device;
    (void)open;
}

static uint64_t bytes_of(const void *memory, size_t size)
{
    const volatile uint8_t *bytes = memory;
    uint64_t total = 0;

    while (size-- > 0)
        total += *bytes++;
    return total;
}

/* No address is in what a handler gets. */
static courier_status add(struct courier_sum *out, const void *memory, size_t size,
                          uint64_t address)
{
    uint64_t first = bytes_of(memory, size);

    out->total += first;
    out->steady = bytes_of(memory, size) == first;
    return address == 0 ? COURIER_OK : COURIER_E_INVALID;
}

courier_status courier_on_send(struct courier_call *call, const struct courier_send_request *in,
                               struct courier_sum *out, const struct courier_parcel *parcels,
                               const uint8_t *label)
{
    uint32_t i;

    (void)call;
    for (i = 0; i < in->parcel_count; i++)
        out->total += (uint64_t)parcels[i].weight << 32;
    if (in->parcel_count > 0)
        out->first = parcels[0].weight;
    return add(out, label, in->label_size, in->parcels | in->label);
}

courier_status courier_on_swap(struct courier_call *call, const struct courier_swap_request *in,
                               struct courier_sum *out, const kgen_be16 *words)
{
    (void)call;
    if (kgen_from_be32(in->bytes) > 0)
        out->first = kgen_from_be16(words[0]);
    return add(out, words, kgen_from_be32(in->bytes), in->words);
}

courier_status courier_on_unlock(struct courier_call *call, const struct courier_unlock_request *in,
                                 struct courier_sum *out, const uint8_t *key)
{
    (void)call;
    out->first = key[0];
    return add(out, key, 16, in->key);
}

courier_status courier_on_place(struct courier_call *call, const struct courier_order *in,
                                struct courier_sum *out, const uint32_t *extra)
{
    (void)call;
    out->total = in->level;
    if (in->extra_count > 0)
        out->first = extra[0];
    return add(out, extra, in->extra_count * sizeof(*extra), in->extra);
}
