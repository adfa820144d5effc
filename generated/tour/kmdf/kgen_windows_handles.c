/*
 * kgen_windows_handles.c - handles of the caller in a Windows driver, WDM or KMDF.
 *
 * Copied as it is by kgen. It runs in the context of the process that made the call: its handles
 * mean something there alone. The mode is that of the requestor, so that Windows compares what the
 * handle allows, and never takes a number of the kernel's own from a program.
 */
#if !defined(POOL_TAGGING)
#define POOL_TAGGING 1
#endif
#include <ntddk.h>

#include "kgen_windows_handles.h"

/*
 * The kit's names stand for the entries of the import table, mingw's for what those point to: one
 * indirection less. No header of the kit declares the type of sections.
 */
#if defined(__MINGW32__)
extern POBJECT_TYPE __declspec(dllimport) * MmSectionObjectType;
#define TYPE_OF(name) ((POBJECT_TYPE)(void *)(name))
#else
extern POBJECT_TYPE *MmSectionObjectType;
#define TYPE_OF(name) (*(name))
#endif

/* winnt.h has these; the kernel's headers have some. */
enum {
    EVENT_MODIFY = 0x0002,
    THREAD_END = 0x0001,
    THREAD_SUSPEND = 0x0002,
    THREAD_QUERY_LIMITED = 0x0800,
    PROCESS_END = 0x0001,
    PROCESS_READ = 0x0010,      /* PROCESS_VM_READ */
    PROCESS_WRITE = 0x0028,     /* PROCESS_VM_OPERATION | PROCESS_VM_WRITE */
    PROCESS_DUPLICATE = 0x0040, /* PROCESS_DUP_HANDLE */
    PROCESS_QUERY_LIMITED = 0x1000,
};

static POBJECT_TYPE type_of(enum kgen_handle_kind kind)
{
    switch (kind) {
    case KGEN_HANDLE_EVENT:
        return TYPE_OF(ExEventObjectType);
    case KGEN_HANDLE_FILE:
        return TYPE_OF(IoFileObjectType);
    case KGEN_HANDLE_SECTION:
        return TYPE_OF(MmSectionObjectType);
    case KGEN_HANDLE_THREAD:
        return TYPE_OF(PsThreadType);
    case KGEN_HANDLE_PROCESS:
        return TYPE_OF(PsProcessType);
    }
    return NULL;
}

/* One right of one kind. */
static ACCESS_MASK mask_of(enum kgen_handle_kind kind, uint32_t right)
{
    if (right == KGEN_HANDLE_WAIT)
        return SYNCHRONIZE;
    switch (kind) {
    case KGEN_HANDLE_EVENT:
        return EVENT_MODIFY;
    case KGEN_HANDLE_FILE:
        return right == KGEN_HANDLE_WRITE ? FILE_WRITE_DATA : FILE_READ_DATA;
    case KGEN_HANDLE_SECTION:
        return right == KGEN_HANDLE_WRITE ? SECTION_MAP_WRITE : SECTION_MAP_READ;
    case KGEN_HANDLE_THREAD:
        if (right == KGEN_HANDLE_SUSPEND)
            return THREAD_SUSPEND;
        return right == KGEN_HANDLE_TERMINATE ? THREAD_END : THREAD_QUERY_LIMITED;
    case KGEN_HANDLE_PROCESS:
        if (right == KGEN_HANDLE_READ)
            return PROCESS_READ;
        if (right == KGEN_HANDLE_WRITE)
            return PROCESS_WRITE;
        if (right == KGEN_HANDLE_DUPLICATE)
            return PROCESS_DUPLICATE;
        return right == KGEN_HANDLE_TERMINATE ? PROCESS_END : PROCESS_QUERY_LIMITED;
    }
    return 0;
}

static ACCESS_MASK access_of(const struct kgen_handle_field *field)
{
    ACCESS_MASK access = 0;
    uint32_t right;

    for (right = 1; right <= field->access; right <<= 1) {
        if ((field->access & right) != 0)
            access |= mask_of(field->kind, right);
    }
    return access;
}

/* A handle of another type is a bad one, as one that is closed. */
static kgen_status reference(const struct kgen_handle_caller *caller,
                             const struct kgen_handle_field *field, uintptr_t handle, void **object)
{
    KPROCESSOR_MODE mode = caller->from_kernel ? KernelMode : UserMode;
    NTSTATUS status;

    status = ObReferenceObjectByHandle((HANDLE)handle, access_of(field), type_of(field->kind), mode,
                                       object, NULL);
    if (NT_SUCCESS(status))
        return KGEN_OK;
    if (status == STATUS_ACCESS_DENIED)
        return KGEN_ACCESS_DENIED;
    return status == STATUS_INSUFFICIENT_RESOURCES ? KGEN_NO_MEMORY : KGEN_BAD_HANDLE;
}

static void reference_again(void *object)
{
    ObReferenceObject(object);
}

static void release(void *object)
{
    ObDereferenceObject(object);
}

static void set_event(void *object)
{
    (void)KeSetEvent(object, IO_NO_INCREMENT, FALSE);
}

const struct kgen_handle_host kgen_windows_handles = {
    reference,
    reference_again,
    release,
    set_event,
};
