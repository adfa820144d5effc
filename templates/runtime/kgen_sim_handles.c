/*
 * kgen_sim_handles.c - the objects of a simulated machine, and the handles that its programs have.
 *
 * Copied as it is by kgen. An object is what a test made of it: a kind, and what its handle allows.
 * Every reference that a driver takes is a block of its own, so that a sanitizer sees one that is
 * used or given back too late.
 */
#include "kgen_sim.h"

#include <stdlib.h>

/* The caller's own process and thread, without a handle. */
#define CURRENT_PROCESS ((uintptr_t)-1)
#define CURRENT_THREAD  ((uintptr_t)-2)

struct kgen_sim_kernel_object {
    struct kgen_sim_kernel_object *next;
    struct kgen_sim_device *device;
    uintptr_t handle; /* 0 once it is closed */
    enum kgen_handle_kind kind;
    uint32_t access;
    bool is_set; /* of an event */
    uint32_t references;
};

struct reference {
    struct kgen_sim_kernel_object *object;
    uint32_t count;
};

static struct kgen_sim_kernel_object *make(struct kgen_sim_kernel_objects *objects,
                                           uintptr_t handle, enum kgen_handle_kind kind,
                                           uint32_t access)
{
    struct kgen_sim_kernel_object *object = calloc(1, sizeof(*object));

    if (object == NULL)
        return NULL;
    object->handle = handle;
    object->kind = kind;
    object->access = access;
    object->next = objects->first;
    objects->first = object;
    return object;
}

/* As Windows numbers them: multiples of 4, and the lowest two bits do not count. */
static struct kgen_sim_kernel_object *find(struct kgen_sim_kernel_objects *objects,
                                           uintptr_t handle)
{
    struct kgen_sim_kernel_object *object = objects->first;
    uintptr_t number = handle;

    if (handle != CURRENT_PROCESS && handle != CURRENT_THREAD)
        number &= ~(uintptr_t)3;
    while (object != NULL && object->handle != number)
        object = object->next;
    if (object == NULL && handle == CURRENT_PROCESS)
        return make(objects, handle, KGEN_HANDLE_PROCESS, UINT32_MAX);
    if (object == NULL && handle == CURRENT_THREAD)
        return make(objects, handle, KGEN_HANDLE_THREAD, UINT32_MAX);
    return number != 0 ? object : NULL;
}

/* ---- What a program calls ------------------------------------------------------------------- */

uint64_t kgen_sim_kernel_object_make(struct kgen_sim_device *device, uint32_t kind, uint32_t access,
                                     struct kgen_sim_kernel_object **object)
{
    struct kgen_sim_kernel_objects *objects = kgen_sim_kernel_objects_of(device);
    uintptr_t handle = 0;

    kgen_sim_lock(device);
    *object = make(objects, objects->last_handle + 4, (enum kgen_handle_kind)kind, access);
    if (*object != NULL) {
        handle = objects->last_handle += 4;
        (*object)->device = device;
    }
    kgen_sim_unlock(device);
    return handle;
}

void kgen_sim_kernel_object_close(struct kgen_sim_kernel_object *object)
{
    kgen_sim_lock(object->device);
    object->handle = 0;
    kgen_sim_unlock(object->device);
}

uint32_t kgen_sim_kernel_object_references(const struct kgen_sim_kernel_object *object)
{
    uint32_t references;

    kgen_sim_lock(object->device);
    references = object->references;
    kgen_sim_unlock(object->device);
    return references;
}

uint32_t kgen_sim_event_is_set(const struct kgen_sim_kernel_object *event)
{
    bool is_set;

    kgen_sim_lock(event->device);
    is_set = event->is_set;
    kgen_sim_unlock(event->device);
    return is_set;
}

void kgen_sim_event_change(struct kgen_sim_kernel_object *event, uint32_t is_set)
{
    kgen_sim_lock(event->device);
    event->is_set = is_set != 0;
    kgen_sim_unlock(event->device);
}

/* ---- What a driver is given ----------------------------------------------------------------- */

static kgen_status look_up(const struct kgen_handle_caller *caller,
                           const struct kgen_handle_field *field, uintptr_t handle,
                           struct kgen_sim_kernel_object **object)
{
    struct kgen_sim_device *device = caller->process;

    *object = find(kgen_sim_kernel_objects_of(device), handle);
    if (*object == NULL || (*object)->kind != field->kind)
        return KGEN_BAD_HANDLE;
    /* A driver that calls is trusted. */
    if (!caller->from_kernel && (field->access & ~(*object)->access) != 0)
        return KGEN_ACCESS_DENIED;
    (*object)->device = device;
    (*object)->references++;
    return KGEN_OK;
}

static kgen_status reference(const struct kgen_handle_caller *caller,
                             const struct kgen_handle_field *field, uintptr_t handle, void **object)
{
    struct reference *made = calloc(1, sizeof(*made));
    kgen_status status;

    if (made == NULL)
        return KGEN_NO_MEMORY;
    made->count = 1;
    kgen_sim_lock(caller->process);
    status = look_up(caller, field, handle, &made->object);
    kgen_sim_unlock(caller->process);
    if (status == KGEN_OK)
        *object = made;
    else
        free(made);
    return status;
}

static void reference_again(void *object)
{
    struct reference *held = object;
    struct kgen_sim_device *device = held->object->device;

    kgen_sim_lock(device);
    held->count++;
    kgen_sim_unlock(device);
}

static void release(void *object)
{
    struct reference *held = object;
    struct kgen_sim_device *device = held->object->device;
    bool is_last;

    kgen_sim_lock(device);
    is_last = --held->count == 0;
    if (is_last)
        held->object->references--;
    kgen_sim_unlock(device);
    if (is_last)
        free(held);
}

static void set_event(void *object)
{
    const struct reference *held = object;

    kgen_sim_event_change(held->object, true);
}

static void forget_all(struct kgen_sim_kernel_objects *objects)
{
    while (objects->first != NULL) {
        struct kgen_sim_kernel_object *object = objects->first;

        objects->first = object->next;
        free(object);
    }
}

/* Their handles are 4, 8 and so on, in the order of enum kgen_handle_kind, and allow everything. */
static void make_each(struct kgen_sim_device *device)
{
    struct kgen_sim_kernel_object *object;
    uint32_t kind;

    for (kind = KGEN_HANDLE_EVENT; kind <= KGEN_HANDLE_PROCESS; kind++)
        (void)kgen_sim_kernel_object_make(device, kind, UINT32_MAX, &object);
}

const struct kgen_sim_handles kgen_sim_handles = {
    {reference, reference_again, release, set_event},
    forget_all,
    make_each,
};
