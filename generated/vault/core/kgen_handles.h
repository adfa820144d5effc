/*
 * kgen_handles.h - handles of the caller: looked up once, before the handler runs, and given back after it.
 *
 * Copied as it is by kgen. A handler gets the object that a handle stood for, never its number. The
 * rules are here; the adapter brings the calls of its system as a `struct kgen_handle_host`.
 */
#ifndef KGEN_HANDLES_H
#define KGEN_HANDLES_H

#include "kgen_runtime.h"

enum kgen_handle_kind {
    KGEN_HANDLE_EVENT,
    KGEN_HANDLE_FILE,
    KGEN_HANDLE_SECTION,
    KGEN_HANDLE_THREAD,
    KGEN_HANDLE_PROCESS,
};

/* What a driver does with an object; the caller's handle must have the access that it takes. */
#define KGEN_HANDLE_MODIFY    0x01u /* set or reset an event */
#define KGEN_HANDLE_WAIT      0x02u
#define KGEN_HANDLE_READ      0x04u
#define KGEN_HANDLE_WRITE     0x08u
#define KGEN_HANDLE_QUERY     0x10u
#define KGEN_HANDLE_SUSPEND   0x20u
#define KGEN_HANDLE_TERMINATE 0x40u
#define KGEN_HANDLE_DUPLICATE 0x80u

/* The handles of one request, at most. */
#define KGEN_MOST_HANDLES 8

/* A field of a request that holds a handle: 64 bits on every system. */
struct kgen_handle_field {
    const char *name;
    uint32_t offset;
    enum kgen_handle_kind kind;
    uint32_t access; /* KGEN_HANDLE_* */
    bool optional;   /* 0 stands for none */
};

/* Whose handles they are. */
struct kgen_handle_caller {
    bool from_kernel;
    bool is_32_bit; /* under a 64-bit kernel */
    void *process;  /* the adapter's, where it needs to be told */
};

struct kgen_handle_host {
    /*
     * Reference the object of a handle, if it is of that kind and the caller may do that much with it.
     * KGEN_BAD_HANDLE, KGEN_ACCESS_DENIED or KGEN_NO_MEMORY where not.
     */
    kgen_status (*reference)(const struct kgen_handle_caller *caller,
                             const struct kgen_handle_field *field, uintptr_t handle,
                             void **object);
    void (*reference_again)(void *object);
    void (*release)(void *object);
    void (*set_event)(void *object);
};

/* ---- For handlers --------------------------------------------------------------------------- */

/* An object of the caller's, referenced while the handler runs. */
struct kgen_handle {
    /*
     * PKEVENT, PFILE_OBJECT, section, PETHREAD or PEPROCESS in a Windows driver, struct file in a
     * Linux module; NULL for none.
     */
    void *object;
    const struct kgen_handle_host *host;
};

/* Wake who waits for the event; nothing where the caller gave none. The field says `modify`. */
static inline void kgen_event_set(const struct kgen_handle *event)
{
    if (event->object != NULL)
        event->host->set_event(event->object);
}

/*
 * A reference of the driver's own, which lasts after the handler. Whoever keeps one drops it, in
 * the hook of cleanup at the latest; until then the object lives, whatever the caller closes.
 */
static inline struct kgen_handle kgen_handle_keep(const struct kgen_handle *handle)
{
    if (handle->object != NULL)
        handle->host->reference_again(handle->object);
    return *handle;
}

/* Give a kept one back. One that is zero, or was dropped before, is left alone. */
static inline void kgen_handle_drop(struct kgen_handle *kept)
{
    if (kept->object != NULL)
        kept->host->release(kept->object);
    kept->object = NULL;
}

/* ---- For adapters --------------------------------------------------------------------------- */

/* A 32-bit program's handles are numbers of 32 bits, which Windows extends by their sign. */
static inline bool kgen_handle_value(uint64_t wire, bool is_32_bit, uintptr_t *value)
{
    uint64_t low = wire & 0xFFFFFFFFu;
    uint64_t extended = (low & 0x80000000u) != 0 ? low | 0xFFFFFFFF00000000u : low;

    if (!is_32_bit && sizeof(*value) == sizeof(wire)) {
        *value = (uintptr_t)wire;
        return true;
    }
    *value = (uintptr_t)extended;
    return wire == low || wire == extended;
}

static inline kgen_status kgen_take_handle(const struct kgen_handle_field *field, uint64_t wire,
                                           const struct kgen_handle_caller *caller,
                                           const struct kgen_handle_host *host,
                                           struct kgen_handle *handle)
{
    uintptr_t value;

    if (wire == 0)
        return field->optional ? KGEN_OK : KGEN_BAD_HANDLE;
    if (!kgen_handle_value(wire, caller->is_32_bit, &value))
        return KGEN_BAD_HANDLE;
    handle->host = host;
    return host->reference(caller, field, value, &handle->object);
}

static inline void kgen_release_handles(const struct kgen_plan *plan, struct kgen_handle *handles)
{
    uint32_t i;

    for (i = 0; i < plan->operation->handle_count; i++)
        kgen_handle_drop(&handles[i]);
}

static inline kgen_status kgen_refuse_handle(const struct kgen_operation *operation,
                                             const struct kgen_handle_field *field,
                                             kgen_status status)
{
    const struct kgen_place ioctl = {NULL, operation->name, 0};
    const struct kgen_place place = {&ioctl, field->name, 0};

    if (status != KGEN_NO_MEMORY)
        kgen_trace(&place, status == KGEN_ACCESS_DENIED ? KGEN_RULE_ACCESS : KGEN_RULE_HANDLE);
    return status;
}

/*
 * Between capture and run, in the context of the caller: reference what the captured request names,
 * and take the numbers out of it. `handles` has room for KGEN_MOST_HANDLES. Where one is refused,
 * none is held; otherwise kgen_release_handles follows on every path.
 */
static inline kgen_status kgen_take_handles(const struct kgen_plan *plan, void *captured,
                                            const struct kgen_handle_caller *caller,
                                            const struct kgen_handle_host *host,
                                            struct kgen_handle *handles)
{
    const struct kgen_operation *operation = plan->operation;
    uint32_t i;

    memset(handles, 0, operation->handle_count * sizeof(*handles));
    for (i = 0; i < operation->handle_count; i++) {
        const struct kgen_handle_field *field = &operation->handles[i];
        char *at = (char *)captured + field->offset;
        uint64_t wire = 0;
        kgen_status status;

        /* A request of an older version of the interface ends before it. */
        if (field->offset + sizeof(wire) <= plan->capture) {
            memcpy(&wire, at, sizeof(wire));
            memset(at, 0, sizeof(wire));
        }
        status = kgen_take_handle(field, wire, caller, host, &handles[i]);
        if (status != KGEN_OK) {
            handles[i].object = NULL;
            kgen_release_handles(plan, handles);
            return kgen_refuse_handle(operation, field, status);
        }
    }
    return KGEN_OK;
}

#endif /* KGEN_HANDLES_H */
