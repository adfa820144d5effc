/*
 * kgen_windows.h - what is the same in every kind of Windows driver: requests, pool, traces.
 *
 * Copied as it is by kgen.
 */
#ifndef KGEN_WINDOWS_H
#define KGEN_WINDOWS_H

#if !defined(POOL_TAGGING)
#define POOL_TAGGING 1
#endif
#include <wdm.h>

#include "kgen_handles.h"
#include "kgen_objects.h"
#include "kgen_pointers.h"

#if defined(__cplusplus)
extern "C" {
#endif

/* Whose request it is, as an interface's core is told. */
struct kgen_caller {
    void *device; /* the author's state, of device_size and open_size bytes */
    void *open;
    bool from_kernel;
    bool is_32_bit;                     /* under a 64-bit kernel */
    void *request;                      /* the driver's own: PIRP or WDFREQUEST */
    struct kgen_handle *handles;        /* that it was given, referenced */
    const struct kgen_pointed *pointed; /* copies of what it points to */
    struct kgen_holds *holds;           /* what it holds of the objects of its open */
};

/* Check the captured request, call the handler, leave *written bytes of reply in `out`. */
typedef NTSTATUS kgen_run(const struct kgen_caller *caller, const struct kgen_plan *plan,
                          void *scratch, void *out, struct kgen_data *data, size_t *written);

/* Reference what the handles of a captured request stand for; see kgen_take_handles. */
typedef NTSTATUS kgen_take(const struct kgen_plan *plan, void *captured,
                           const struct kgen_handle_caller *caller, struct kgen_handle *handles);

/* Capture what a captured request points to; see kgen_take_pointers. */
typedef NTSTATUS kgen_follow(const struct kgen_plan *plan, void *captured,
                             const struct kgen_pointer_caller *caller,
                             struct kgen_pointed *pointed);

/* Around the life of the driver; with kgen_trace, what a driver that traces elsewhere brings. */
void kgen_trace_start(void);
void kgen_trace_stop(void);

/* ---- For the adapters ------------------------------------------------------------------------ */

/* Scratch memory up to this size is on the stack. */
#define KGEN_LOCAL_SIZE 256

/* The memory of one request. Begin with method, pool_tag and plan, and zeroes elsewhere. */
struct kgen_buffers {
    ULONG method;
    ULONG pool_tag;
    struct kgen_plan plan;
    void *scratch; /* the captured request, and what the core needs */
    SIZE_T scratch_size;
    void *out; /* where the reply is built */
    struct kgen_data data;
    struct kgen_handle handles[KGEN_MOST_HANDLES]; /* referenced until the memory is freed */
    struct kgen_pointed pointed;
    union {
        ULONGLONG aligned;
        UCHAR bytes[KGEN_LOCAL_SIZE];
    } local;
};

/* Zeroed, tagged, never executable; NULL where there is none. Freed by ExFreePoolWithTag. */
void *kgen_allocate(SIZE_T size, ULONG tag);

/* Where the author's state begins behind a header of `size` bytes: where anything may begin. */
SIZE_T kgen_header_size(SIZE_T size);

/*
 * memcpy, called through a volatile pointer, so that no compiler sees that it is: it could then read
 * the caller's memory again instead of the copy.
 */
typedef void *(__cdecl *const volatile kgen_copy_function)(void *to, const void *from, size_t size);
extern kgen_copy_function kgen_copy_once;

bool kgen_is_direct(ULONG method);

/* The second buffer of a direct method is `data`, of another method `out`. */
struct kgen_lengths kgen_lengths_of(ULONG method, size_t in, size_t out, bool is_32_bit);

/* The second buffer of a direct method: the caller's own pages, locked by the I/O manager. */
NTSTATUS kgen_map_data(struct kgen_buffers *buffers, PMDL mdl, size_t size);

/* A reply of METHOD_NEITHER is built behind the scratch memory; `out` is left alone elsewhere. */
NTSTATUS kgen_allocate_scratch(struct kgen_buffers *buffers);

/* And give back the handles, and what was pointed to; nothing where there is no such memory, or it was freed before. */
void kgen_free_scratch(struct kgen_buffers *buffers);

/* The captured request names handles, which are looked up in the thread of the caller. */
bool kgen_has_handles(const struct kgen_buffers *buffers);

/* And points to more of the memory that the caller has in its thread. */
bool kgen_has_pointers(const struct kgen_buffers *buffers);

/* Memory for what is pointed to, as a struct kgen_pointer_host wants it. */
void *kgen_allocate_pointed(struct kgen_buffers *buffers, size_t size);

/* The operation, where there is one, has a secret in its request or reply. */
bool kgen_has_secret(const struct kgen_buffers *buffers);

/* What the core wrote, or what a handler wrote into the caller's own buffer. */
size_t kgen_information(const struct kgen_buffers *buffers, NTSTATUS status, size_t written);

#if defined(__cplusplus)
}
#endif

#endif /* KGEN_WINDOWS_H */
