/*
 * hevd_objects_handlers.c - a hurried author's objects: memory of the pool, which nobody asks whether it is still there.
 */
#if __has_include("hevd_objects_windows.h")
#include "hevd_objects_windows.h"

#define ALLOCATE(size) ExAllocatePoolWithTag(NonPagedPoolNx, (size), 0x64766568)
#define FREE(memory)   ExFreePoolWithTag((memory), 0x64766568)
#else
#include <stdlib.h>

#define ALLOCATE(size) malloc(size)
#define FREE(memory)   free(memory)
#endif

#include "hevd_objects_handlers.h"
#include "hevd_objects_state.h"

hevd_objects_status hevd_objects_hook_start(struct hevd_objects_device *device)
{
    (void)device;
    return HEVD_OBJECTS_OK;
}

void hevd_objects_hook_stop(struct hevd_objects_device *device)
{
    (void)device;
}

hevd_objects_status hevd_objects_hook_open(struct hevd_objects_device *device,
                                           struct hevd_objects_open *open)
{
    (void)device;
    (void)open;
    return HEVD_OBJECTS_OK;
}

void hevd_objects_hook_cleanup(struct hevd_objects_device *device, struct hevd_objects_open *open)
{
    (void)device;
    (void)open;
}

void hevd_objects_hook_close(struct hevd_objects_device *device, struct hevd_objects_open *open)
{
    (void)device;
    (void)open;
}

/* The pointer stays, as HEVD's does. */
void hevd_objects_hook_thing_release(struct hevd_objects_device *device,
                                     struct hevd_objects_open *open,
                                     struct hevd_objects_thing *thing)
{
    (void)device;
    (void)open;
    FREE(thing->callback);
}

void hevd_objects_hook_helper_release(struct hevd_objects_device *device,
                                      struct hevd_objects_open *open,
                                      struct hevd_objects_helper *helper)
{
    (void)device;
    (void)open;
    FREE(helper->name);
}

static uint32_t tell(const struct callback *callback)
{
    return callback->value;
}

hevd_objects_status hevd_objects_on_allocate(struct hevd_objects_call *call,
                                             const struct hevd_objects_allocate_request *in,
                                             struct hevd_objects_allocate_reply *out,
                                             struct hevd_objects_thing *thing)
{
    (void)call;
    (void)out;
    thing->callback = ALLOCATE(sizeof(*thing->callback));
    thing->callback->call = tell;
    thing->callback->value = in->value;
    return HEVD_OBJECTS_OK;
}

hevd_objects_status hevd_objects_on_use(struct hevd_objects_call *call,
                                        const struct hevd_objects_use_request *in,
                                        struct hevd_objects_use_reply *out,
                                        struct hevd_objects_thing *thing)
{
    (void)call;
    (void)in;
    out->value = thing->callback->call(thing->callback);
    return HEVD_OBJECTS_OK;
}

hevd_objects_status hevd_objects_on_free(struct hevd_objects_call *call,
                                         const struct hevd_objects_free_request *in,
                                         struct hevd_objects_thing *thing)
{
    (void)call;
    (void)in;
    (void)thing;
    return HEVD_OBJECTS_OK;
}

hevd_objects_status hevd_objects_on_create_helper(struct hevd_objects_call *call,
                                                  struct hevd_objects_create_helper_reply *out,
                                                  struct hevd_objects_helper *helper)
{
    (void)call;
    (void)out;
    helper->name = ALLOCATE(HEVD_OBJECTS_NAME_SIZE);
    return HEVD_OBJECTS_OK;
}

/* Address and length from the caller, in HEVD; here the length alone. */
hevd_objects_status hevd_objects_on_set_name(struct hevd_objects_call *call,
                                             const struct hevd_objects_set_name_request *in,
                                             struct hevd_objects_helper *helper)
{
    (void)call;
    memcpy(helper->name, hevd_objects_set_name_request_name(in), in->name_count);
    helper->length = in->name_count;
    return HEVD_OBJECTS_OK;
}

hevd_objects_status hevd_objects_on_get_name(struct hevd_objects_call *call,
                                             const struct hevd_objects_get_name_request *in,
                                             struct hevd_objects_get_name_reply *out,
                                             struct hevd_objects_helper *helper)
{
    (void)in;
    hevd_objects_get_name_append(call, out, helper->name, helper->length);
    return HEVD_OBJECTS_OK;
}

hevd_objects_status hevd_objects_on_destroy_helper(
    struct hevd_objects_call *call, const struct hevd_objects_destroy_helper_request *in,
    struct hevd_objects_helper *helper)
{
    (void)call;
    (void)in;
    (void)helper;
    return HEVD_OBJECTS_OK;
}
