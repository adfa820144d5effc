/*
 * kgen_sim.h - a driver as a shared library: what a program calls where there is no kernel.
 *
 * Copied as it is by kgen. One library holds one interface. An open and its requests behave as the
 * I/O manager of Windows and a WDM driver make them behave; docs/simulator.md of kgen says how far.
 */
#ifndef KGEN_SIM_H
#define KGEN_SIM_H

#include "kgen_handles.h"
#include "kgen_pointers.h"
#include "kgen_objects.h"

#if defined(_WIN32)
#define KGEN_SIM_EXPORT __declspec(dllexport)
#else
#define KGEN_SIM_EXPORT __attribute__((visibility("default")))
#endif

#define KGEN_SIM_ABI 3u

/* ---- What a program calls ------------------------------------------------------------------- */

struct kgen_sim_device;
struct kgen_sim_open;
struct kgen_sim_handlers;

/* Who opens the device, and what for. */
struct kgen_sim_caller {
    uint32_t access; /* KGEN_READ_ACCESS, KGEN_WRITE_ACCESS */
    bool from_kernel;
    bool is_32_bit;
};

/* What DeviceIoControl takes. */
struct kgen_sim_request {
    uint32_t code;
    uint32_t in_size;
    const void *in;
    void *out;
    uint32_t out_size;
    uint32_t information; /* afterwards: bytes that came back */
    char refused[200];    /* afterwards: what the driver tells its developer; empty where nothing */
};

/* All that return a number return an NTSTATUS. */

KGEN_SIM_EXPORT uint32_t kgen_sim_abi(void);

/* Load the driver. `handlers` is NULL where the library has handlers of its own, in C. */
KGEN_SIM_EXPORT uint32_t kgen_sim_start(const struct kgen_sim_handlers *handlers,
                                        struct kgen_sim_device **device);

/* Unload it; nobody has it open any more. */
KGEN_SIM_EXPORT void kgen_sim_stop(struct kgen_sim_device *device);

KGEN_SIM_EXPORT uint32_t kgen_sim_open(struct kgen_sim_device *device,
                                       const struct kgen_sim_caller *caller,
                                       struct kgen_sim_open **open);

/* Close the last handle of an open; none of its requests runs any more. */
KGEN_SIM_EXPORT void kgen_sim_close(struct kgen_sim_open *open);

/* Send a request and wait for it. Any thread may, several at once. */
KGEN_SIM_EXPORT uint32_t kgen_sim_control(struct kgen_sim_open *open,
                                          struct kgen_sim_request *request);

/*
 * Objects of the machine, where the interface has handles of the caller. `kind` is an enum
 * kgen_handle_kind, `access` what the handle allows (KGEN_HANDLE_*). They live as long as the
 * device. The handle is what is returned, 0 where there is no memory.
 */
struct kgen_sim_kernel_object;

KGEN_SIM_EXPORT uint64_t kgen_sim_kernel_object_make(struct kgen_sim_device *device, uint32_t kind,
                                                     uint32_t access,
                                                     struct kgen_sim_kernel_object **object);

/* Close its handle, which stands for nothing from then on. A driver may still hold the object. */
KGEN_SIM_EXPORT void kgen_sim_kernel_object_close(struct kgen_sim_kernel_object *object);

/* How often the driver holds it. */
KGEN_SIM_EXPORT uint32_t
kgen_sim_kernel_object_references(const struct kgen_sim_kernel_object *object);

KGEN_SIM_EXPORT uint32_t kgen_sim_event_is_set(const struct kgen_sim_kernel_object *event);
KGEN_SIM_EXPORT void kgen_sim_event_change(struct kgen_sim_kernel_object *event, uint32_t is_set);

/* What GetLastError says of an NTSTATUS. */
KGEN_SIM_EXPORT uint32_t kgen_sim_win32(uint32_t ntstatus);

/* What memory holds that nobody has written. With another value, nothing a caller sees is another. */
KGEN_SIM_EXPORT extern unsigned char kgen_sim_garbage;

/* ---- What the library is made of ------------------------------------------------------------ */

/* A status, and what it is on the way to a program on Windows. */
struct kgen_sim_status {
    kgen_status status;
    uint32_t ntstatus;
    uint32_t win32;
};

/* Whose request it is, as the interface's core is told. */
struct kgen_sim_call {
    void *device; /* the author's state, of device_size and open_size bytes */
    void *open;
    const struct kgen_sim_caller *caller;
    struct kgen_sim_request *request;
    struct kgen_holds *holds; /* what it holds of the objects of its open */
    struct kgen_handle *handles;
    const struct kgen_pointed *pointed; /* copies of what it points to */
};

/* The objects of one device, the newest first. */
struct kgen_sim_kernel_objects {
    struct kgen_sim_kernel_object *first;
    uintptr_t last_handle;
};

/* kgen_sim_handles.c, where the interface has handles of the caller. */
struct kgen_sim_handles {
    struct kgen_handle_host host; /* its callers' process is a struct kgen_sim_device */
    void (*forget_all)(struct kgen_sim_kernel_objects *objects);
    void (*make_each)(struct kgen_sim_device *device); /* of each kind one, for a fuzzer */
};

extern const struct kgen_sim_handles kgen_sim_handles;

struct kgen_sim_kernel_objects *kgen_sim_kernel_objects_of(struct kgen_sim_device *device);
void kgen_sim_lock(struct kgen_sim_device *device);
void kgen_sim_unlock(struct kgen_sim_device *device);

/* The interface of this library, and the way into its core. */
struct kgen_sim_interface {
    bool exclusive;     /* one open at a time */
    bool serialised;    /* one handler at a time */
    size_t device_size; /* of the author's state; zeroed before start and open */
    size_t open_size;
    const struct kgen_sim_status *statuses;
    size_t status_count;
    const struct kgen_sim_handles *handles; /* NULL where no code has any */

    kgen_status (*start)(void *device);
    void (*stop)(void *device);
    kgen_status (*open)(void *device, void *open, struct kgen_lock *lock, uint32_t number);
    void (*cleanup)(void *device, void *open);
    void (*close)(void *device, void *open);
    kgen_status (*plan)(uint32_t code, uint32_t access, const struct kgen_lengths *lengths,
                        struct kgen_plan *plan);
    kgen_status (*run)(const struct kgen_sim_call *call, const struct kgen_plan *plan,
                       void *scratch, void *out, struct kgen_data *data, size_t *written);
};

extern const struct kgen_sim_interface kgen_sim_interface;

/* What a fuzzer does at each step of a request; NULL for nothing. */
struct kgen_sim_watch {
    void (*sent)(const struct kgen_sim_caller *caller, const struct kgen_sim_request *request);

    /* The request was copied: what the caller's own memory holds no longer matters. */
    void (*captured)(const struct kgen_sim_request *request);

    /* The core has returned; `out` is the memory of `plan->reply` bytes that it was given. */
    void (*ran)(const struct kgen_plan *plan, const void *scratch, const void *out,
                kgen_status status);

    void (*answered)(const struct kgen_sim_request *request, uint32_t ntstatus);
    void (*closed)(const struct kgen_sim_caller *caller);

    bool copies_fail; /* those from and to a `data:` buffer, as where its memory is gone */
};

extern struct kgen_sim_watch kgen_sim_watch;

/* The status of an NTSTATUS; KGEN_INTERNAL where the interface has none. */
kgen_status kgen_sim_status(uint32_t ntstatus);

/* ---- Handlers that are not in C (kgen_sim_forward.c) ---------------------------------------- */

/* What a pointer of a request pointed to. */
struct kgen_sim_pointed {
    const void *at;
    size_t size;
};

/* A request on its way to a handler, and the reply on its way back. */
struct kgen_sim_message {
    const char *ioctl;
    const void *open; /* tells opens apart; never to be followed */
    const void *in;   /* captured and checked */
    size_t in_size;
    uint32_t room; /* elements of the reply's tail that fit */
    struct kgen_data *data;
    const struct kgen_holds *holds;    /* the objects of the request, then what it makes */
    const struct kgen_handle *handles; /* in the order of their fields */
    uint32_t handle_count;
    uint32_t pointed_count;
    struct kgen_sim_pointed pointed[8]; /* in the order of their fields */

    /* Set by `handle`: the whole reply, whether or not it fits; there until control returns. */
    const void *reply;
    size_t reply_size;
};

/* The first two return an NTSTATUS. All are called by the thread that made the call. */
struct kgen_sim_handlers {
    void *context;
    uint32_t (*hook)(void *context, const char *name, const void *open);
    uint32_t (*handle)(void *context, struct kgen_sim_message *message);
    void (*release)(void *context, const char *kind, const void *open, uint64_t id);
};

/* Whether this library needs handlers from outside; one with handlers in C lacks the symbol. */
KGEN_SIM_EXPORT uint32_t kgen_sim_forwards(void);

/* For those handlers: the caller's own buffer. Copies answer 0 where not all of it is inside. */
KGEN_SIM_EXPORT uint32_t kgen_sim_data_size(const struct kgen_data *data);
KGEN_SIM_EXPORT uint32_t kgen_sim_data_read(struct kgen_data *data, size_t offset, void *to,
                                            size_t size);
KGEN_SIM_EXPORT uint32_t kgen_sim_data_write(struct kgen_data *data, size_t offset,
                                             const void *from, size_t size);

/* The objects of a request. */
KGEN_SIM_EXPORT uint32_t kgen_sim_object_count(const struct kgen_holds *holds);
KGEN_SIM_EXPORT uint64_t kgen_sim_object_id(const struct kgen_holds *holds, uint32_t index);
/* And the objects that handles stood for. `kept` is the caller's memory; 0 where there is no object. */
KGEN_SIM_EXPORT uint32_t kgen_sim_handle_keep(const struct kgen_handle *handle,
                                              struct kgen_handle *kept);
KGEN_SIM_EXPORT void kgen_sim_handle_drop(struct kgen_handle *kept);
KGEN_SIM_EXPORT void kgen_sim_handle_set(const struct kgen_handle *event);

/* The handlers of the device that this thread is calling. */
const struct kgen_sim_handlers *kgen_sim_current(void);

kgen_status kgen_sim_hook(const char *name, const void *open);
kgen_status kgen_sim_handle(struct kgen_sim_message *message);
void kgen_sim_release(const char *kind, const void *open, uint64_t id);

/* Copy a reply, and one up to its tail; KGEN_INTERNAL where it has not the size of one. */
kgen_status kgen_sim_take(const struct kgen_sim_message *message, void *out, size_t size);
kgen_status kgen_sim_take_head(const struct kgen_sim_message *message, void *out, size_t tail);

/* The elements behind the head, and how many there are. */
const void *kgen_sim_items(const struct kgen_sim_message *message, size_t tail);
uint32_t kgen_sim_item_count(const struct kgen_sim_message *message, size_t tail, size_t element);

#endif /* KGEN_SIM_H */
