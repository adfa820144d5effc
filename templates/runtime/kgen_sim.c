/*
 * kgen_sim.c - the I/O manager and a driver's dispatch, as far as a boundary can tell.
 *
 * Copied as it is by kgen. The I/O manager's part compares access and makes the buffers of each
 * transfer method, in heap memory of exactly their size. The driver's part is that of kgen_wdm.c.
 * Neither holds a rule about a message; those are in the interface's core.
 */
#if defined(__linux__)
#define _GNU_SOURCE /* process_vm_readv */
#elif !defined(_WIN32)
#define _XOPEN_SOURCE 700 /* recursive mutexes, also where the compiler keeps to the standard */
#endif

#include "kgen_sim.h"

#include <stdio.h>
#include <stdlib.h>

#if defined(_WIN32)
#include <windows.h>
#else
#include <pthread.h>
#endif
#if defined(__linux__)
#include <sys/uio.h>
#include <unistd.h>
#endif

/* A fuzzer's build knows as well which bytes nobody has written. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define unwritten(memory, size) __msan_poison(memory, size)
#endif
#endif
#if !defined(unwritten)
#define unwritten(memory, size) ((void)0)
#endif

/* No zero, no ASCII, large as a count. */
unsigned char kgen_sim_garbage = 0xDB;

struct kgen_sim_watch kgen_sim_watch;

/* Recursive as a KMUTEX is: a handler may send its own device a request. */
#if defined(_WIN32)
typedef CRITICAL_SECTION lock;
#else
typedef pthread_mutex_t lock;
#endif

struct kgen_sim_device {
    struct kgen_sim_handlers handlers;
    lock one_at_a_time; /* a serialised interface: one handler or hook of the device */
    lock counting;
    unsigned opens;
    uint32_t opened; /* how many opens there were */
    struct kgen_sim_kernel_objects objects;
    void *state;
};

/* The lock of an open's objects, in the place of a spin lock. */
struct object_lock {
    struct kgen_lock base;
    lock mutex;
};

struct kgen_sim_open {
    struct kgen_sim_device *device;
    struct kgen_sim_caller caller;
    uint32_t number;
    struct object_lock objects;
    void *state;
};

/* A request as the I/O manager hands it to the driver, and what the driver needs for it. */
struct irp {
    struct kgen_sim_open *open;
    struct kgen_sim_request *request;
    uint32_t method;
    void *system_buffer; /* NULL where neither length asks for one */
    struct kgen_plan plan;
    void *scratch;
    void *reply; /* METHOD_NEITHER: built here, then copied out */
    void *out;
    struct kgen_data data;
    struct kgen_holds holds;
    struct kgen_handle handles[KGEN_MOST_HANDLES];
    struct kgen_pointed pointed;
    size_t information;
};

/* What this thread is doing, for kgen_trace and for handlers that are not in C. */
static _Thread_local const struct kgen_sim_device *current_device;
static _Thread_local struct kgen_sim_request *current_request;

static void make_lock(lock *made)
{
#if defined(_WIN32)
    InitializeCriticalSection(made);
#else
    pthread_mutexattr_t attributes;

    (void)pthread_mutexattr_init(&attributes);
    (void)pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    (void)pthread_mutex_init(made, &attributes);
    (void)pthread_mutexattr_destroy(&attributes);
#endif
}

static void drop_lock(lock *made)
{
#if defined(_WIN32)
    DeleteCriticalSection(made);
#else
    (void)pthread_mutex_destroy(made);
#endif
}

static void acquire(lock *held)
{
#if defined(_WIN32)
    EnterCriticalSection(held);
#else
    (void)pthread_mutex_lock(held);
#endif
}

static void release(lock *held)
{
#if defined(_WIN32)
    LeaveCriticalSection(held);
#else
    (void)pthread_mutex_unlock(held);
#endif
}

static void acquire_objects(struct kgen_lock *base)
{
    acquire(&((struct object_lock *)(void *)base)->mutex);
}

static void release_objects(struct kgen_lock *base)
{
    release(&((struct object_lock *)(void *)base)->mutex);
}

/* What the thread was doing before, for `leave`. */
static const struct kgen_sim_device *enter(struct kgen_sim_device *device)
{
    const struct kgen_sim_device *before = current_device;

    if (kgen_sim_interface.serialised)
        acquire(&device->one_at_a_time);
    current_device = device;
    return before;
}

static void leave(struct kgen_sim_device *device, const struct kgen_sim_device *before)
{
    current_device = before;
    if (kgen_sim_interface.serialised)
        release(&device->one_at_a_time);
}

void kgen_sim_lock(struct kgen_sim_device *device)
{
    acquire(&device->counting);
}

void kgen_sim_unlock(struct kgen_sim_device *device)
{
    release(&device->counting);
}

struct kgen_sim_kernel_objects *kgen_sim_kernel_objects_of(struct kgen_sim_device *device)
{
    return &device->objects;
}

const struct kgen_sim_handlers *kgen_sim_current(void)
{
    return &current_device->handlers;
}

void kgen_trace(const struct kgen_place *place, enum kgen_rule rule)
{
    char text[160];

    if (current_request == NULL)
        return;
    (void)snprintf(current_request->refused, sizeof(current_request->refused), "%s: %s",
                   kgen_place_text(place, text, sizeof(text)), kgen_rule_name(rule));
}

/* ---- Statuses ------------------------------------------------------------------------------- */

static uint32_t to_ntstatus(kgen_status status)
{
    const struct kgen_sim_status *row = kgen_sim_interface.statuses;
    const struct kgen_sim_status *end = row + kgen_sim_interface.status_count;

    for (; row < end; row++) {
        if (row->status == status)
            return row->ntstatus;
    }
    return to_ntstatus(KGEN_INTERNAL);
}

kgen_status kgen_sim_status(uint32_t ntstatus)
{
    size_t i;

    for (i = 0; i < kgen_sim_interface.status_count; i++) {
        if (kgen_sim_interface.statuses[i].ntstatus == ntstatus)
            return kgen_sim_interface.statuses[i].status;
    }
    return KGEN_INTERNAL;
}

uint32_t kgen_sim_win32(uint32_t ntstatus)
{
    kgen_status status = kgen_sim_status(ntstatus);
    size_t i = 0;

    while (kgen_sim_interface.statuses[i].status != status)
        i++;
    return kgen_sim_interface.statuses[i].win32;
}

uint32_t kgen_sim_abi(void)
{
    return KGEN_SIM_ABI;
}

/* ---- Devices and opens ---------------------------------------------------------------------- */

static struct kgen_sim_device *make_device(const struct kgen_sim_handlers *handlers)
{
    struct kgen_sim_device *device = calloc(1, sizeof(*device));

    if (device == NULL)
        return NULL;
    device->state = calloc(1, kgen_sim_interface.device_size);
    if (device->state == NULL) {
        free(device);
        return NULL;
    }
    if (handlers != NULL)
        device->handlers = *handlers;
    make_lock(&device->one_at_a_time);
    make_lock(&device->counting);
    return device;
}

static void free_device(struct kgen_sim_device *device)
{
    if (kgen_sim_interface.handles != NULL)
        kgen_sim_interface.handles->forget_all(&device->objects);
    drop_lock(&device->one_at_a_time);
    drop_lock(&device->counting);
    free(device->state);
    free(device);
}

uint32_t kgen_sim_start(const struct kgen_sim_handlers *handlers, struct kgen_sim_device **device)
{
    struct kgen_sim_device *made = make_device(handlers);
    const struct kgen_sim_device *before;
    kgen_status status;

    *device = NULL;
    if (made == NULL)
        return to_ntstatus(KGEN_NO_MEMORY);
    before = enter(made);
    status = kgen_sim_interface.start(made->state);
    leave(made, before);
    if (status == KGEN_OK)
        *device = made;
    else
        free_device(made);
    return to_ntstatus(status);
}

void kgen_sim_stop(struct kgen_sim_device *device)
{
    const struct kgen_sim_device *before = enter(device);

    kgen_sim_interface.stop(device->state);
    leave(device, before);
    free_device(device);
}

/* An exclusive device refuses a second open before its driver is asked. */
static bool count_open(struct kgen_sim_device *device, uint32_t *number)
{
    bool is_free;

    acquire(&device->counting);
    is_free = !kgen_sim_interface.exclusive || device->opens == 0;
    if (is_free)
        device->opens++;
    *number = ++device->opened;
    release(&device->counting);
    return is_free;
}

static void forget_open(struct kgen_sim_open *open)
{
    acquire(&open->device->counting);
    open->device->opens--;
    release(&open->device->counting);
    drop_lock(&open->objects.mutex);
    free(open->state);
    free(open);
}

static kgen_status create(struct kgen_sim_open *open)
{
    struct kgen_sim_device *device = open->device;
    const struct kgen_sim_device *before;
    kgen_status status;

    open->state = calloc(1, kgen_sim_interface.open_size);
    if (open->state == NULL)
        return KGEN_NO_MEMORY;
    before = enter(device);
    status = kgen_sim_interface.open(device->state, open->state, &open->objects.base, open->number);
    leave(device, before);
    return status;
}

uint32_t kgen_sim_open(struct kgen_sim_device *device, const struct kgen_sim_caller *caller,
                       struct kgen_sim_open **open)
{
    struct kgen_sim_open *made = calloc(1, sizeof(*made));
    kgen_status status;

    *open = NULL;
    if (made == NULL)
        return to_ntstatus(KGEN_NO_MEMORY);
    if (!count_open(device, &made->number)) {
        free(made);
        return to_ntstatus(KGEN_ACCESS_DENIED);
    }
    made->device = device;
    made->caller = *caller;
    made->objects.base.acquire = acquire_objects;
    made->objects.base.release = release_objects;
    make_lock(&made->objects.mutex);
    status = create(made);
    if (status == KGEN_OK)
        *open = made;
    else
        forget_open(made);
    return to_ntstatus(status);
}

void kgen_sim_close(struct kgen_sim_open *open)
{
    struct kgen_sim_device *device = open->device;
    const struct kgen_sim_device *before = enter(device);

    kgen_sim_interface.cleanup(device->state, open->state);
    kgen_sim_interface.close(device->state, open->state);
    leave(device, before);
    if (kgen_sim_watch.closed != NULL)
        kgen_sim_watch.closed(&open->caller);
    forget_open(open);
}

/* ---- The driver's part: see kgen_wdm.c ------------------------------------------------------ */

static bool copy_from_caller(struct kgen_data *data, size_t offset, void *bytes, size_t size)
{
    if (kgen_sim_watch.copies_fail)
        return false;
    memcpy(bytes, (const char *)data->memory + offset, size);
    return true;
}

static bool copy_to_caller(struct kgen_data *data, size_t offset, void *bytes, size_t size)
{
    if (kgen_sim_watch.copies_fail)
        return false;
    memcpy((char *)data->memory + offset, bytes, size);
    return true;
}

static bool is_direct(const struct irp *irp)
{
    return irp->method == KGEN_METHOD_IN_DIRECT || irp->method == KGEN_METHOD_OUT_DIRECT;
}

static struct kgen_lengths lengths_of(const struct irp *irp)
{
    struct kgen_lengths lengths = {irp->request->in_size, 0, 0, irp->open->caller.is_32_bit};

    if (is_direct(irp))
        lengths.data = irp->request->out_size;
    else
        lengths.out = irp->request->out_size;
    return lengths;
}

/* The caller's own memory, as a mapped MDL shows it. The core sets what else there is. */
static void map_data(struct irp *irp)
{
    memset(&irp->data, kgen_sim_garbage, sizeof(irp->data));
    unwritten(&irp->data, sizeof(irp->data));
    irp->data.size = irp->request->out_size;
    irp->data.memory = irp->request->out;
    irp->data.copy = irp->method == KGEN_METHOD_IN_DIRECT ? copy_from_caller : copy_to_caller;
}

/* NULL for no bytes, which is no failure. */
static void *allocate(size_t size)
{
    void *memory = size > 0 ? malloc(size) : NULL;

    if (memory != NULL) {
        memset(memory, kgen_sim_garbage, size);
        unwritten(memory, size);
    }
    return memory;
}

static kgen_status allocate_scratch(struct irp *irp)
{
    const struct kgen_plan *plan = &irp->plan;

    irp->scratch = allocate(plan->scratch);
    if (irp->scratch == NULL && plan->scratch > 0)
        return KGEN_NO_MEMORY;
    irp->out = irp->system_buffer;
    if (irp->method != KGEN_METHOD_NEITHER)
        return KGEN_OK;
    irp->reply = allocate(plan->reply);
    irp->out = irp->reply;
    return irp->reply != NULL || plan->reply == 0 ? KGEN_OK : KGEN_NO_MEMORY;
}

/* As a probe of user memory: no null pointer, no wrap-around, no address of the kernel. */
static bool is_callers(const struct irp *irp, const void *memory, size_t size)
{
    const uintptr_t highest = sizeof(void *) == 8 ? UINTPTR_MAX / 2 : UINTPTR_MAX;
    uintptr_t first = (uintptr_t)memory;

    if (memory == NULL)
        return false;
    return irp->open->caller.from_kernel || (first <= highest && size <= highest - first);
}

/*
 * The caller is this very process. Linux copies from any address and says where nothing is; elsewhere
 * a bad one ends the process.
 */
static bool read_callers(const void *from, void *to, size_t size)
{
#if defined(__linux__)
    const struct iovec there = {(void *)(uintptr_t)from, size};
    const struct iovec here = {to, size};

    return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)size;
#else
    memcpy(to, from, size);
    return true;
#endif
}

static kgen_status capture(struct irp *irp)
{
    const void *from = irp->system_buffer;

    if (irp->plan.capture == 0)
        return KGEN_OK;
    if (irp->method == KGEN_METHOD_NEITHER) {
        from = irp->request->in;
        if (!is_callers(irp, from, irp->plan.capture))
            return KGEN_FAULT;
    }
    memcpy(irp->scratch, from, irp->plan.capture);
    return KGEN_OK;
}

static kgen_status take_handles(struct irp *irp)
{
    const struct kgen_handle_caller caller = {
        .from_kernel = irp->open->caller.from_kernel,
        .is_32_bit = irp->open->caller.is_32_bit,
        .process = irp->open->device,
    };

    if (irp->plan.operation->handle_count == 0)
        return KGEN_OK;
    memset(irp->handles, kgen_sim_garbage, sizeof(irp->handles)); /* all that are used are set */
    return kgen_take_handles(&irp->plan, irp->scratch, &caller, &kgen_sim_interface.handles->host,
                             irp->handles);
}

static void *allocate_pointed(void *context, size_t size)
{
    (void)context;
    return allocate(size);
}

static bool fetch_pointed(void *context, uintptr_t address, void *to, size_t size)
{
    const void *from = (const void *)address;

    return is_callers(context, from, size) && read_callers(from, to, size);
}

static const struct kgen_pointer_host callers_memory = {allocate_pointed, fetch_pointed};

static kgen_status take_pointers(struct irp *irp)
{
    const struct kgen_pointer_caller caller = {
        .is_32_bit = irp->open->caller.is_32_bit,
        .host = &callers_memory,
        .context = irp,
    };

    if (irp->plan.operation->pointer_count == 0)
        return KGEN_OK;
    return kgen_take_pointers(&irp->plan, irp->scratch, &caller, &irp->pointed);
}

static kgen_status run(struct irp *irp, size_t *written)
{
    struct kgen_sim_device *device = irp->open->device;
    const struct kgen_sim_call call = {
        .device = device->state,
        .open = irp->open->state,
        .caller = &irp->open->caller,
        .request = irp->request,
        .holds = &irp->holds,
        .handles = irp->handles,
        .pointed = &irp->pointed,
    };
    const struct kgen_sim_device *before;
    kgen_status status;

    memset(&irp->holds, kgen_sim_garbage, sizeof(irp->holds)); /* the core sets all of it */
    before = enter(device);
    status = kgen_sim_interface.run(&call, &irp->plan, irp->scratch, irp->out,
                                    is_direct(irp) ? &irp->data : NULL, written);
    leave(device, before);
    return status;
}

static bool is_success(kgen_status status)
{
    return status == KGEN_OK || status == KGEN_TRUNCATED;
}

static kgen_status reply(struct irp *irp, kgen_status status, size_t written)
{
    irp->information = written;
    if (irp->method == KGEN_METHOD_OUT_DIRECT && is_success(status))
        irp->information = irp->data.done;
    if (irp->method == KGEN_METHOD_NEITHER && written > 0) {
        if (!is_callers(irp, irp->request->out, written)) {
            irp->information = 0;
            return KGEN_FAULT;
        }
        memcpy(irp->request->out, irp->reply, written);
    }
    return status;
}

static void settle(struct irp *irp, bool delivered)
{
    struct kgen_sim_device *device = irp->open->device;
    const struct kgen_sim_device *before;

    if (irp->plan.holds == 0 || irp->holds.count == 0)
        return;
    before = enter(device);
    kgen_settle(&irp->holds, delivered);
    leave(device, before);
}

static kgen_status dispatch_device_control(struct irp *irp)
{
    const struct kgen_lengths lengths = lengths_of(irp);
    size_t written = 0;
    kgen_status status;

    /* The I/O manager has compared the access bits of the code with those of the handle already. */
    status = kgen_sim_interface.plan(irp->request->code, KGEN_READ_ACCESS | KGEN_WRITE_ACCESS,
                                     &lengths, &irp->plan);
    if (status != KGEN_OK)
        return status;
    if (is_direct(irp))
        map_data(irp);
    status = allocate_scratch(irp);
    if (status == KGEN_OK)
        status = capture(irp);
    if (status == KGEN_OK)
        status = take_pointers(irp);
    if (status == KGEN_OK)
        status = take_handles(irp);
    if (status == KGEN_OK) {
        kgen_status answer;

        if (kgen_sim_watch.captured != NULL)
            kgen_sim_watch.captured(irp->request);
        answer = run(irp, &written);
        if (kgen_sim_watch.ran != NULL)
            kgen_sim_watch.ran(&irp->plan, irp->scratch, irp->out, answer);
        kgen_release_handles(&irp->plan, irp->handles);
        status = reply(irp, answer, written);
        settle(irp, status == answer);
    }
    free(irp->pointed.memory);
    free(irp->scratch);
    free(irp->reply);
    return status;
}

/* ---- The I/O manager's part ----------------------------------------------------------------- */

/* Buffered: one buffer for both ways, and behind the request whatever was there before. */
static kgen_status make_system_buffer(struct irp *irp)
{
    const struct kgen_sim_request *request = irp->request;
    size_t size = request->in_size;

    if (irp->method == KGEN_METHOD_NEITHER)
        return KGEN_OK;
    if (irp->method == KGEN_METHOD_BUFFERED)
        size = kgen_larger(size, request->out_size);
    irp->system_buffer = allocate(size);
    if (irp->system_buffer == NULL && size > 0)
        return KGEN_NO_MEMORY;
    if (request->in_size > 0)
        memcpy(irp->system_buffer, request->in, request->in_size);
    return KGEN_OK;
}

/* What was buffered goes back, as many bytes as the driver says, if it did not fail. */
static void complete(struct irp *irp, kgen_status status)
{
    struct kgen_sim_request *request = irp->request;

    if (irp->information > request->out_size)
        abort(); /* the real one would write behind the caller's buffer */
    request->information = (uint32_t)irp->information;
    if (irp->method == KGEN_METHOD_BUFFERED && is_success(status) && irp->information > 0)
        memcpy(request->out, irp->system_buffer, irp->information);
}

static kgen_status device_io_control(struct irp *irp)
{
    uint32_t access = irp->request->code >> 14 & (KGEN_READ_ACCESS | KGEN_WRITE_ACCESS);
    kgen_status status;

    if ((access & ~irp->open->caller.access) != 0)
        return KGEN_ACCESS_DENIED;
    status = make_system_buffer(irp);
    if (status != KGEN_OK)
        return status;
    status = dispatch_device_control(irp);
    complete(irp, status);
    free(irp->system_buffer);
    return status;
}

uint32_t kgen_sim_control(struct kgen_sim_open *open, struct kgen_sim_request *request)
{
    struct irp irp = {.open = open, .request = request, .method = request->code & 3};
    struct kgen_sim_request *before = current_request;
    kgen_status status;

    if (kgen_sim_watch.sent != NULL)
        kgen_sim_watch.sent(&open->caller, request);
    request->information = 0;
    request->refused[0] = '\0';
    current_request = request;
    status = device_io_control(&irp);
    current_request = before;
    if (kgen_sim_watch.answered != NULL)
        kgen_sim_watch.answered(request, to_ntstatus(status));
    return to_ntstatus(status);
}
