/* cellar_handlers.c - handlers that look at what they get. */
#include "cellar_state.h"

cellar_status cellar_hook_start(struct cellar_device *device)
{
    (void)device;
    return CELLAR_OK;
}

void cellar_hook_stop(struct cellar_device *device)
{
    (void)device;
}

cellar_status cellar_hook_open(struct cellar_device *device, struct cellar_open *open)
{
    (void)device;
    (void)open;
    return CELLAR_OK;
}

void cellar_hook_cleanup(struct cellar_device *device, struct cellar_open *open)
{
    (void)open;
    if (device->made != device->released)
        device->wrong++; /* what is left is released before */
}

void cellar_hook_close(struct cellar_device *device, struct cellar_open *open)
{
    (void)device;
    (void)open;
}

void cellar_hook_cask_release(struct cellar_device *device, struct cellar_open *open,
                              struct cellar_cask *cask)
{
    (void)open;
    if (cask->litres == 0)
        device->wrong++;
    cask->litres = 0;
    device->released++;
}

static uint32_t look(struct cellar_call *call, const struct cellar_cask *cask)
{
    if (cask->litres == 0)
        call->device->wrong++;
    return cask->litres;
}

static void make(struct cellar_call *call, struct cellar_cask *cask, uint32_t litres)
{
    if (cask->litres != 0)
        call->device->wrong++;
    cask->litres = litres;
    call->device->made++;
}

cellar_status cellar_on_fill(struct cellar_call *call, const struct cellar_fill_request *in,
                             struct cellar_fill_reply *out, struct cellar_cask *cask)
{
    (void)out;
    make(call, cask, in->litres);
    return in->fails ? CELLAR_E_INTERNAL : CELLAR_OK;
}

cellar_status cellar_on_taste(struct cellar_call *call, const struct cellar_taste_request *in,
                              struct cellar_taste_reply *out, struct cellar_cask *const *cask)
{
    uint32_t round;
    uint32_t i;

    for (round = 0; round < 20; round++) {
        for (i = 0; i < in->value_count; i++)
            out->value += look(call, cask[i]);
    }
    return CELLAR_OK;
}

cellar_status cellar_on_pour(struct cellar_call *call, const struct cellar_pour_request *in,
                             struct cellar_pour_reply *out, struct cellar_cask *cask)
{
    out->value = look(call, cask);
    return in->fails ? CELLAR_E_INTERNAL : CELLAR_OK;
}

cellar_status cellar_on_blend(struct cellar_call *call, const struct cellar_blend_request *in,
                              struct cellar_blend_reply *out, struct cellar_cask *into,
                              struct cellar_cask *const *from_, struct cellar_cask *cask)
{
    (void)in;
    (void)out;
    make(call, cask, look(call, into) + look(call, from_[0]) + look(call, from_[1]));
    return CELLAR_OK;
}

cellar_status cellar_on_count(struct cellar_call *call, struct cellar_count_reply *out)
{
    out->made = call->device->made;
    out->released = call->device->released;
    out->wrong = call->device->wrong;
    return CELLAR_OK;
}
