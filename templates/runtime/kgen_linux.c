/*
 * kgen_linux.c - the file operations of a Linux module, for every interface that it carries.
 *
 * Copied as it is by kgen. This file holds what a module owes to the kernel and to its callers:
 * devices, the life of an open, and for each call one argument, captured once and answered once.
 * It holds no rule about a message; those are in the interfaces' cores.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "kgen_linux.h"

#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/* Scratch memory up to this size is on the stack. */
#define LOCAL_SIZE 256

/* A size comes from the caller: that there is no memory for it is no matter for the log. */
#define FOR_CALLER (GFP_KERNEL_ACCOUNT | __GFP_NOWARN)

struct device_of {
    struct miscdevice misc;
    const struct kgen_linux_interface *api;
    struct list_head list;
    struct mutex one_at_a_time;
    atomic_t taken; /* 1 while an exclusive device is open */
    char state[] __aligned(8);
};

/* In private_data of an open file; several descriptors and processes may share it. */
struct open_of {
    struct device_of *device;
    char state[] __aligned(8);
};

/* Of this module. Changed while it is loaded and unloaded, and at no other time. */
static LIST_HEAD(devices);

/* What the module carries: set before the first device is there. */
static const struct kgen_linux_interface *const *carried;
static size_t carried_count;

/* One call. */
struct request {
    struct device_of *device;
    struct open_of *open;
    struct file *file;
    const struct kgen_linux_ioctl *ioctl;
    unsigned int size; /* of the argument, as the number says */
    char __user *argument;

    struct kgen_linux_buffer reply_buffer; /* fetched once */
    struct kgen_linux_buffer data_buffer;
    char count[sizeof(u64)];
    struct kgen_lengths lengths;

    struct kgen_plan plan;
    void *scratch; /* the captured request, and what the core needs */
    size_t scratch_size;
    void *out;           /* where the reply is built */
    char __user *answer; /* where it goes */
    struct kgen_data data;
    struct kgen_holds holds;
    struct kgen_handle handles[KGEN_MOST_HANDLES];
    struct kgen_pointed pointed;
    union {
        u64 aligned;
        u8 bytes[LOCAL_SIZE];
    } local;
};

static bool has(const struct request *request, uint32_t part)
{
    return (request->ioctl->parts & part) != 0;
}

/* ---- A serialised interface: one handler or hook of a device at a time ----------------------- */

static void enter(struct device_of *device)
{
    if (device->api->serialised)
        mutex_lock(&device->one_at_a_time);
}

/* Who waits for its turn can be killed. */
static int enter_killable(struct device_of *device)
{
    return device->api->serialised ? mutex_lock_killable(&device->one_at_a_time) : 0;
}

static void leave(struct device_of *device)
{
    if (device->api->serialised)
        mutex_unlock(&device->one_at_a_time);
}

/* ---- The life of an open -------------------------------------------------------------------- */

static int make_open(struct device_of *device, struct file *file)
{
    const struct kgen_linux_interface *api = device->api;
    struct open_of *open;
    int error;

    open = kvzalloc(struct_size(open, state, api->open_size), GFP_KERNEL_ACCOUNT);
    if (!open)
        return -ENOMEM;
    open->device = device;
    error = enter_killable(device);
    if (!error) {
        error = api->open(device->state, open->state);
        leave(device);
    }
    if (error)
        kvfree(open);
    else
        file->private_data = open;
    return error;
}

/* Refused before the core was asked. */
static void trace(const struct device_of *device, enum kgen_rule rule)
{
    const struct kgen_place place = {NULL, device->api->name, 0};

    kgen_trace(&place, rule);
}

static bool may_call(const struct device_of *device)
{
    int capability = device->api->capability;

    if (capability == KGEN_LINUX_NO_CAPABILITY || capable(capability))
        return true;
    trace(device, KGEN_RULE_ACCESS);
    return false;
}

/* The misc core has put its device into private_data, and holds the module. */
static int device_open(struct inode *inode, struct file *file)
{
    struct device_of *device = container_of(file->private_data, struct device_of, misc);
    int error;

    if (!may_call(device))
        return -EPERM;
    if (device->api->exclusive && atomic_cmpxchg(&device->taken, 0, 1) != 0)
        return -EBUSY;
    error = make_open(device, file);
    if (error) {
        atomic_set(&device->taken, 0);
        return error;
    }
    return nonseekable_open(inode, file);
}

/* The last descriptor is closed, in every process that had one. No call of this open runs. */
static int device_release(struct inode *inode, struct file *file)
{
    struct open_of *open = file->private_data;
    struct device_of *device = open->device;

    enter(device);
    device->api->cleanup(device->state, open->state);
    device->api->close(device->state, open->state);
    leave(device);
    kvfree(open);
    atomic_set(&device->taken, 0);
    return 0;
}

/* ---- The argument: what has to be known of it before it is captured --------------------------- */

static int fetch_buffer(struct request *request, uint32_t part, uint32_t offset,
                        struct kgen_linux_buffer *buffer)
{
    if (!has(request, part))
        return 0;
    if (copy_from_user(buffer, request->argument + offset, sizeof(*buffer)))
        return -EFAULT;
    /* A pointer that is no address here; and none of the additions to it wraps around. */
    if (buffer->pointer != (uintptr_t)buffer->pointer ||
        !access_ok(u64_to_user_ptr(buffer->pointer), buffer->length))
        return -EFAULT;
    return 0;
}

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define NATIVE_IS_BIG true
#else
#define NATIVE_IS_BIG false
#endif

static u64 count_of(const struct kgen_linux_ioctl *ioctl, const char *bytes)
{
    bool is_big = ioctl->count_order == KGEN_LINUX_BIG_ENDIAN;
    u64 count = 0;
    uint32_t i;

    if (ioctl->count_order == KGEN_LINUX_NATIVE_ORDER)
        is_big = NATIVE_IS_BIG;
    for (i = 0; i < ioctl->count_size; i++)
        count = count << 8 | (u8)bytes[is_big ? i : ioctl->count_size - 1 - i];
    return count;
}

/* A request with a tail is as long as its count says. What that may be is the core's to say. */
static int fetch_count(struct request *request)
{
    const struct kgen_linux_ioctl *ioctl = request->ioctl;
    u64 count;

    if (ioctl->count_size == 0)
        return 0;
    if (copy_from_user(request->count, request->argument + ioctl->request + ioctl->count,
                       ioctl->count_size))
        return -EFAULT;
    count = min_t(u64, count_of(ioctl, request->count), SIZE_MAX);
    request->lengths.in = size_add(ioctl->request_size, size_mul((size_t)count, ioctl->count_unit));
    return 0;
}

/* What grows ends the argument: a reply where it stands alone, or is the request too. */
static bool reply_grows(const struct request *request)
{
    const struct kgen_linux_ioctl *ioctl = request->ioctl;

    return ioctl->grows && has(request, KGEN_LINUX_REPLY) &&
           (!has(request, KGEN_LINUX_REQUEST) || ioctl->request == 0);
}

/* What the caller knows of a message that grows. */
static size_t known(const struct request *request, uint32_t offset)
{
    return request->size > offset ? request->size - offset : 0;
}

static int open_argument(struct request *request)
{
    const struct kgen_linux_ioctl *ioctl = request->ioctl;
    struct kgen_lengths *lengths = &request->lengths;
    int error;

    if (!access_ok(request->argument, request->size))
        return -EFAULT;
    error = fetch_buffer(request, KGEN_LINUX_REPLY_BUFFER, 0, &request->reply_buffer);
    if (!error)
        error = fetch_buffer(request, KGEN_LINUX_DATA_BUFFER, ioctl->data_buffer,
                             &request->data_buffer);
    if (error)
        return error;

    if (has(request, KGEN_LINUX_REPLY)) {
        lengths->out = reply_grows(request) ? known(request, 0) : ioctl->reply_size;
        request->answer = request->argument;
    }
    if (has(request, KGEN_LINUX_REPLY_BUFFER)) {
        lengths->out = request->reply_buffer.length;
        request->answer = u64_to_user_ptr(request->reply_buffer.pointer);
    }
    lengths->data = request->data_buffer.length;
    if (has(request, KGEN_LINUX_REQUEST))
        lengths->in = ioctl->grows ? known(request, ioctl->request) : ioctl->request_size;
    return fetch_count(request);
}

/* ---- Memory of a call ------------------------------------------------------------------------ */

static bool copy_data_from_caller(struct kgen_data *data, size_t offset, void *bytes, size_t size)
{
    const struct request *request = container_of(data, struct request, data);
    const char __user *from = u64_to_user_ptr(request->data_buffer.pointer);

    return copy_from_user(bytes, from + offset, size) == 0;
}

static bool copy_data_to_caller(struct kgen_data *data, size_t offset, void *bytes, size_t size)
{
    const struct request *request = container_of(data, struct request, data);
    char __user *to = u64_to_user_ptr(request->data_buffer.pointer);

    return copy_to_user(to + offset, bytes, size) == 0;
}

/* The core says which way it goes, and bounds each copy. */
static bool copy_data(struct kgen_data *data, size_t offset, void *bytes, size_t size)
{
    if (data->direction == KGEN_FROM_CALLER)
        return copy_data_from_caller(data, offset, bytes, size);
    return copy_data_to_caller(data, offset, bytes, size);
}

/* Zeroed; the reply is built behind what the core needs. */
static int allocate_scratch(struct request *request)
{
    const struct kgen_plan *plan = &request->plan;
    size_t size = size_add(plan->scratch, plan->reply);

    if (size == SIZE_MAX)
        return -ENOMEM;
    if (size <= sizeof(request->local))
        request->scratch = request->local.bytes;
    else
        request->scratch = kvzalloc(size, FOR_CALLER);
    if (!request->scratch)
        return -ENOMEM;
    request->scratch_size = size;
    request->out = (char *)request->scratch + plan->scratch;
    return 0;
}

/* Also of a request that was refused, or of which a copy failed half-way. */
static void free_scratch(struct request *request)
{
    const struct kgen_operation *operation = request->plan.operation;

    if (!request->scratch)
        return;
    kgen_release_handles(&request->plan, request->handles);
    kgen_wipe_pointed(operation, &request->pointed);
    kvfree(request->pointed.memory);
    if (operation->secret)
        memzero_explicit(request->scratch, request->scratch_size);
    if (request->scratch != request->local.bytes)
        kvfree(request->scratch);
}

/*
 * Whatever is checked and used from here on is this copy. The count was fetched already and decides
 * the length: it is not read again, and neither is anything else.
 */
static int capture(struct request *request)
{
    const struct kgen_linux_ioctl *ioctl = request->ioctl;
    const char __user *from = request->argument + ioctl->request;
    size_t size = request->plan.capture;
    char *to = request->scratch;
    size_t rest = ioctl->count + ioctl->count_size;

    if (size == 0)
        return 0;
    if (ioctl->count_size == 0)
        return copy_from_user(to, from, size) ? -EFAULT : 0;
    if (copy_from_user(to, from, ioctl->count))
        return -EFAULT;
    memcpy(to + ioctl->count, request->count, ioctl->count_size);
    return copy_from_user(to + rest, from + rest, size - rest) ? -EFAULT : 0;
}

/*
 * Before the handler has done anything: a reply that has nowhere to go would be lost. What the
 * caller unmaps meanwhile still is; it gets -EFAULT for a request that was carried out.
 */
static bool can_write(char __user *to, size_t size)
{
    return size == 0 || fault_in_safe_writeable(to, size) == 0;
}

/* In place of a reply that grows goes all that the caller has room for: see fill_up. */
static size_t answer_size(const struct request *request)
{
    if (reply_grows(request))
        return max(request->plan.reply, request->lengths.out);
    return request->plan.reply;
}

static int check_answer(const struct request *request)
{
    if (!can_write(request->answer, answer_size(request)))
        return -EFAULT;
    if (has(request, KGEN_LINUX_REPLY_BUFFER) &&
        !can_write(request->argument, sizeof(struct kgen_linux_buffer)))
        return -EFAULT;
    if (has(request, KGEN_LINUX_DATA_BUFFER) &&
        !can_write(request->argument + request->ioctl->data_buffer,
                   sizeof(struct kgen_linux_buffer)))
        return -EFAULT;
    return 0;
}

static void *allocate_pointed(void *context, size_t size)
{
    return kvzalloc(size, FOR_CALLER);
}

static bool fetch_pointed(void *context, uintptr_t address, void *to, size_t size)
{
    return copy_from_user(to, (const void __user *)address, size) == 0;
}

static const struct kgen_pointer_host callers_memory = {allocate_pointed, fetch_pointed};

static int take_pointers(struct request *request)
{
    const struct kgen_pointer_caller caller = {
        .is_32_bit = request->lengths.is_32_bit,
        .host = &callers_memory,
    };

    if (request->plan.operation->pointer_count == 0)
        return 0;
    return request->device->api->take_pointers(&request->plan, request->scratch, &caller,
                                               &request->pointed);
}

/* Last before the handler. The descriptors are those of this process. */
static int take_handles(struct request *request)
{
    const struct kgen_handle_caller caller = {};

    if (request->plan.operation->handle_count == 0)
        return 0;
    return request->device->api->take_handles(&request->plan, request->scratch, &caller,
                                              request->handles);
}

static int prepare(struct request *request)
{
    int error = allocate_scratch(request);

    if (!error)
        error = capture(request);
    if (!error)
        error = take_pointers(request);
    if (!error)
        error = check_answer(request);
    if (!error)
        error = take_handles(request);
    return error;
}

/* ---- One call -------------------------------------------------------------------------------- */

static int run(struct request *request, size_t *written)
{
    struct device_of *device = request->device;
    const struct kgen_linux_caller caller = {
        .device = device->state,
        .open = request->open->state,
        .is_32_bit = in_compat_syscall(),
        .file = request->file,
        .handles = request->handles,
        .pointed = &request->pointed,
        .holds = &request->holds,
    };
    struct kgen_data *data = has(request, KGEN_LINUX_DATA_BUFFER) ? &request->data : NULL;
    int error;

    request->data.size = request->lengths.data;
    request->data.copy = copy_data;
    error = enter_killable(device);
    if (error)
        return error;
    error =
        device->api->run(&caller, &request->plan, request->scratch, request->out, data, written);
    leave(device);
    return error;
}

/* The last that a caller sees of a buffer: all that it tells of is there by then. */
static int put_done(struct request *request, uint32_t part, uint32_t offset, size_t done)
{
    char __user *at = request->argument + offset + offsetof(struct kgen_linux_buffer, done);

    if (!has(request, part))
        return 0;
    return put_user((u32)done, (u32 __user *)at) ? -EFAULT : 0;
}

/* A caller that knows a longer reply than this module gets zeroes for the rest. */
static int fill_up(struct request *request, size_t written)
{
    size_t size = request->lengths.out;

    if (!reply_grows(request) || size <= written)
        return 0;
    return clear_user(request->answer + written, size - written) ? -EFAULT : 0;
}

static int reply(struct request *request, size_t written)
{
    int error = 0;

    if (written > 0 && copy_to_user(request->answer, request->out, written))
        return -EFAULT;
    error = fill_up(request, written);
    if (!error)
        error = put_done(request, KGEN_LINUX_REPLY_BUFFER, 0, written);
    if (!error)
        error = put_done(request, KGEN_LINUX_DATA_BUFFER, request->ioctl->data_buffer,
                         request->data.done);
    return error;
}

/* What was made is the caller's now, what was given up is not; neither where the reply is lost. */
static void settle(struct request *request, bool delivered)
{
    if (request->holds.count == 0)
        return;
    enter(request->device);
    kgen_settle(&request->holds, delivered);
    leave(request->device);
}

static int serve(struct request *request)
{
    size_t written = 0;
    int error;

    error = prepare(request);
    if (!error)
        error = run(request, &written);
    if (!error)
        error = reply(request, written);
    settle(request, !error);
    free_scratch(request);
    return error;
}

/* The core refuses access first, and tells the trace; nothing of the caller's was read by then. */
static int refuse_access(struct request *request, uint32_t access)
{
    int error =
        request->device->api->plan(request->ioctl->code, access, &request->lengths, &request->plan);

    return error ? error : -EACCES;
}

static int answer(struct request *request)
{
    const struct kgen_linux_interface *api = request->device->api;
    uint32_t access = 0;
    int error;

    if (!may_call(request->device))
        return -EPERM;
    if (request->file->f_mode & FMODE_READ)
        access |= KGEN_READ_ACCESS;
    if (request->file->f_mode & FMODE_WRITE)
        access |= KGEN_WRITE_ACCESS;
    if ((request->ioctl->access & ~access) != 0)
        return refuse_access(request, access);
    error = open_argument(request);
    if (!error)
        error = api->plan(request->ioctl->code, access, &request->lengths, &request->plan);
    if (!error)
        error = serve(request);
    return error;
}

/* All bits of a number count, but for the size of what grows. */
static const struct kgen_linux_ioctl *find(const struct kgen_linux_interface *api,
                                           unsigned int number)
{
    enum kgen_linux_callers other = in_compat_syscall() ? KGEN_LINUX_WIDE : KGEN_LINUX_NARROW;
    size_t i;

    for (i = 0; i < api->ioctl_count; i++) {
        const struct kgen_linux_ioctl *ioctl = &api->ioctls[i];
        unsigned int differs = ioctl->number ^ number;

        if (ioctl->callers == other)
            continue;
        if (ioctl->grows)
            differs &= ~IOCSIZE_MASK;
        if (differs == 0)
            return ioctl;
    }
    return NULL;
}

static long call(struct file *file, unsigned int number, char __user *argument)
{
    struct open_of *open = file->private_data;
    struct device_of *device = open->device;
    const struct kgen_linux_ioctl *ioctl = find(device->api, number);
    struct request request;
    int error;

    if (!ioctl) {
        trace(device, KGEN_RULE_CODE);
        device->api->answered(number, in_compat_syscall(), -ENOTTY);
        return -ENOTTY;
    }
    memset(&request, 0, sizeof(request));
    request.device = device;
    request.open = open;
    request.file = file;
    request.ioctl = ioctl;
    request.size = _IOC_SIZE(number);
    request.argument = argument;
    request.lengths.is_32_bit = in_compat_syscall();
    error = answer(&request);
    device->api->answered(number, in_compat_syscall(), error);
    return error;
}

static long device_ioctl(struct file *file, unsigned int number, unsigned long argument)
{
    return call(file, number, (char __user *)argument);
}

/* Only the pointer is another, and messages that are laid out as a compiler does: see find, and the core. */
static long device_compat_ioctl(struct file *file, unsigned int number, unsigned long argument)
{
    return call(file, number, compat_ptr(argument));
}

static const struct file_operations operations = {
    .owner = THIS_MODULE,
    .open = device_open,
    .release = device_release,
    .unlocked_ioctl = device_ioctl,
    .compat_ioctl = device_compat_ioctl,
};

/* The root of a place is an ioctl, "vault.seal", or the interface itself. */
void kgen_linux_refused(const struct kgen_place *place, const char *text, enum kgen_rule rule)
{
    const char *field = strstr(text, ": ");
    size_t length;
    size_t i;

    while (place->parent != NULL)
        place = place->parent;
    length = strcspn(place->name, ".");
    for (i = 0; i < carried_count; i++) {
        const char *name = carried[i]->name;

        if (strlen(name) == length && strncmp(name, place->name, length) == 0)
            carried[i]->refused(place->name, field != NULL ? field + 2 : "", kgen_rule_name(rule));
    }
}

bool kgen_linux_is_own(const struct file *file)
{
    return file->f_op == &operations;
}

/* ---- Devices --------------------------------------------------------------------------------- */

static int publish(struct device_of *device)
{
    const struct kgen_linux_interface *api = device->api;

    device->misc.minor = MISC_DYNAMIC_MINOR;
    device->misc.name = api->node;
    device->misc.mode = api->mode;
    device->misc.fops = &operations;
    return misc_register(&device->misc);
}

/* Nobody can open the device before it is published. */
static int make_device(const struct kgen_linux_interface *api)
{
    struct device_of *device;
    int error;

    device = kvzalloc(struct_size(device, state, api->device_size), GFP_KERNEL);
    if (!device)
        return -ENOMEM;
    device->api = api;
    mutex_init(&device->one_at_a_time);
    error = api->start(device->state);
    if (!error) {
        error = publish(device);
        if (error)
            api->stop(device->state);
    }
    if (error)
        kvfree(device);
    else
        list_add(&device->list, &devices);
    return error;
}

/* The kernel unloads a module only when none of its devices is open. */
void kgen_linux_stop(void)
{
    struct device_of *device;
    struct device_of *next;

    list_for_each_entry_safe(device, next, &devices, list)
    {
        list_del(&device->list);
        misc_deregister(&device->misc);
        device->api->stop(device->state);
        kvfree(device);
    }
}

int kgen_linux_start(const struct kgen_linux_interface *const *interfaces, size_t count)
{
    size_t i;

    carried = interfaces;
    carried_count = count;
    for (i = 0; i < count; i++) {
        int error = make_device(interfaces[i]);

        if (error) {
            kgen_linux_stop();
            return error;
        }
    }
    return 0;
}
