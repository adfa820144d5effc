/*
 * sensor_handlers.c - what a sensor does. There is no hardware: its temperature is made up.
 *
 * Nothing here asks which of several sensors is called: `call->device` is that one.
 */
#include "sensor_state.h"

sensor_status sensor_hook_start(struct sensor_device *device)
{
    (void)device;
    return SENSOR_OK;
}

void sensor_hook_stop(struct sensor_device *device)
{
    (void)device;
}

sensor_status sensor_hook_open(struct sensor_device *device, struct sensor_open *open)
{
    (void)device;
    (void)open;
    return SENSOR_OK;
}

void sensor_hook_cleanup(struct sensor_device *device, struct sensor_open *open)
{
    (void)device;
    (void)open;
}

void sensor_hook_close(struct sensor_device *device, struct sensor_open *open)
{
    (void)device;
    (void)open;
}

sensor_status sensor_on_calibrate(struct sensor_call *call,
                                  const struct sensor_calibrate_request *in)
{
    call->device->shift = in->shift;
    return SENSOR_OK;
}

/* A room that warms up by a tenth of a kelvin with each sample. */
sensor_status sensor_on_measure(struct sensor_call *call, struct sensor_sample *out)
{
    struct sensor_device *device = call->device;

    out->millikelvin = (uint32_t)(293150 + (int32_t)(device->taken % 100) * 100 + device->shift);
    out->number = ++device->taken;
    device->samples[(out->number - 1) % SENSOR_HISTORY_SIZE] = *out;
    return SENSOR_OK;
}

sensor_status sensor_on_history(struct sensor_call *call, struct sensor_history_reply *out)
{
    const struct sensor_device *device = call->device;
    uint32_t number = device->taken;
    uint32_t count = number < SENSOR_HISTORY_SIZE ? number : SENSOR_HISTORY_SIZE;
    uint32_t i;

    for (i = 0; i < count; i++, number--)
        (void)sensor_history_append(call, out, &device->samples[(number - 1) % SENSOR_HISTORY_SIZE],
                                    1);
    return SENSOR_OK;
}
