/*
 * kgen_kmdf_contexts.h - what the framework's objects carry for kgen, and who calls what.
 *
 * Copied as it is by kgen. For its own files: a driver includes kgen_kmdf.h.
 */
#ifndef KGEN_KMDF_CONTEXTS_H
#define KGEN_KMDF_CONTEXTS_H

#include "kgen_kmdf.h"

/* Context of a device; the author's state follows. The framework zeroes contexts. */
typedef struct kgen_device {
    const struct kgen_kmdf_interface *api;
    WDFWAITLOCK one_at_a_time; /* of a serialised interface */
    BOOLEAN started;
    WDFDEVICE previous; /* made before this one by kgen_kmdf_start */
    void *state;
} kgen_device;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(kgen_device, kgen_device_of)

/* Context of a file object: one open of a device; the author's state follows. */
typedef struct kgen_open {
    IO_REMOVE_LOCK lock; /* held while a request of this open is served */
    void *state;
} kgen_open;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(kgen_open, kgen_open_of)

/*
 * Context of a request, where the interface has METHOD_NEITHER, handles or pointers. They mean something in
 * the thread of the caller alone, so that requests are captured there, before they are queued.
 */
typedef struct kgen_taken {
    NTSTATUS status; /* what the request ends with, if that is no success */
    struct kgen_buffers buffers;
    WDFMEMORY in; /* of METHOD_NEITHER: the caller's memory, locked */
    WDFMEMORY out;
} kgen_taken;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(kgen_taken, kgen_taken_of)

/*
 * A serialised interface: one handler or hook of a device at a time. The framework's own
 * synchronization scope is not there for callbacks of file objects.
 */
void kgen_kmdf_enter(kgen_device *device);
void kgen_kmdf_leave(kgen_device *device);

/* kgen_kmdf_device.c: what a device of every kind has. *init is NULL and *device is there once it was made. */
NTSTATUS kgen_kmdf_create_device(PWDFDEVICE_INIT *init, const struct kgen_kmdf_interface *api,
                                 WDFDEVICE *device);

/* kgen_kmdf_open.c: file objects. */
void kgen_kmdf_initialise_opens(PWDFDEVICE_INIT init, const struct kgen_kmdf_interface *api);

/* kgen_kmdf_caller.c: requests in the thread of their caller, where the interface needs it. */
bool kgen_kmdf_needs_caller(const struct kgen_kmdf_interface *api);
void kgen_kmdf_initialise_callers(PWDFDEVICE_INIT init, const struct kgen_kmdf_interface *api);

/* kgen_kmdf_request.c: the default queue, and all that comes through it. */
NTSTATUS kgen_kmdf_create_queue(WDFDEVICE device, const struct kgen_kmdf_interface *api);
NTSTATUS kgen_kmdf_capture(WDFREQUEST handle, WDFMEMORY locked, struct kgen_buffers *buffers);
bool kgen_kmdf_is_32_bit(WDFREQUEST handle);

#endif /* KGEN_KMDF_CONTEXTS_H */
