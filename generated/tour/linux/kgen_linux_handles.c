/*
 * kgen_linux_handles.c - handles of the caller in a Linux module: descriptors of its open files.
 *
 * Copied as it is by kgen. It runs in the process that made the call: its descriptors mean something
 * there alone. An event is an eventfd. The object of each is the struct file, referenced; 0 is no
 * handle here either, so that a field which an older caller does not send is none.
 */
#include "kgen_linux_handles.h"
#include "kgen_linux.h"

#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/version.h>

static bool is_event(struct file *file)
{
    struct eventfd_ctx *event = eventfd_ctx_fileget(file);

    if (IS_ERR(event))
        return false;
    eventfd_ctx_put(event);
    return true;
}

static bool is_of_kind(struct file *file, enum kgen_handle_kind kind)
{
    switch (kind) {
    case KGEN_HANDLE_EVENT:
        return is_event(file);
    case KGEN_HANDLE_FILE:
        /* Whoever keeps a file of this module in one would keep both for ever. */
        return !kgen_linux_is_own(file);
    default:
        return false; /* no schema has one: Linux knows nothing that is it */
    }
}

static bool allows(const struct file *file, uint32_t access)
{
    fmode_t mode = 0;

    if ((access & (KGEN_HANDLE_READ | KGEN_HANDLE_WAIT)) != 0)
        mode |= FMODE_READ;
    if ((access & (KGEN_HANDLE_WRITE | KGEN_HANDLE_MODIFY)) != 0)
        mode |= FMODE_WRITE;
    return (file->f_mode & mode) == mode;
}

static kgen_status reference(const struct kgen_handle_caller *caller,
                             const struct kgen_handle_field *field, uintptr_t handle, void **object)
{
    kgen_status status = KGEN_OK;
    struct file *file;

    if (handle > INT_MAX)
        return KGEN_BAD_HANDLE;
    file = fget((unsigned int)handle);
    if (!file)
        return KGEN_BAD_HANDLE;
    if (!is_of_kind(file, field->kind))
        status = KGEN_BAD_HANDLE;
    else if (!allows(file, field->access))
        status = KGEN_ACCESS_DENIED;
    if (status == KGEN_OK)
        *object = file;
    else
        fput(file);
    return status;
}

static void reference_again(void *object)
{
    get_file(object);
}

static void release(void *object)
{
    fput(object);
}

static void set_event(void *object)
{
    struct eventfd_ctx *event = eventfd_ctx_fileget(object);

    if (IS_ERR(event))
        return;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
    eventfd_signal(event);
#else
    eventfd_signal(event, 1);
#endif
    eventfd_ctx_put(event);
}

const struct kgen_handle_host kgen_linux_handles = {
    reference,
    reference_again,
    release,
    set_event,
};
