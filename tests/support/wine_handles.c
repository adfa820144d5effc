/*
 * Handles of a program in a driver, which Wine 8 does not look up: the driver is a process of its own there. The handle
 * is duplicated out of the process that sent the request; its type and what it allows are compared as on Windows. An
 * event is then Wine's own object, which KeSetEvent knows; any other object is a stand-in that only can be referenced.
 */
#include "wine_shim.h"

#define MOST_REFERENCED 64u
#define TAG             0x646E6168u /* "hand" */
#define CURRENT_PROCESS ((HANDLE)(LONG_PTR)-1)
#define CURRENT_THREAD  ((HANDLE)(LONG_PTR)-2)
#define ANY_PROCESS     0x1FFFFFu /* PROCESS_ALL_ACCESS */
#define ANY_THREAD      0x1FFFFFu
#define SAME_ACCESS     2u

enum { BASIC_INFORMATION = 0, TYPE_INFORMATION = 2 };

struct basic {
    ULONG attributes;
    ACCESS_MASK granted;
    ULONG rest[12];
};

NTSTATUS NTAPI ZwDuplicateObject(HANDLE, HANDLE, HANDLE, HANDLE *, ACCESS_MASK, ULONG, ULONG);
NTSTATUS NTAPI ZwQueryObject(HANDLE, ULONG, PVOID, ULONG, ULONG *);

/* Wine has no type of sections; nothing looks into it. */
static ULONG section_type;
static POBJECT_TYPE MmSectionObjectType = (POBJECT_TYPE)&section_type;
void *const __imp_MmSectionObjectType = &MmSectionObjectType;

static struct {
    void *object;
    LONG count;
    BOOLEAN of_wine;
} referenced[MOST_REFERENCED];

typedef NTSTATUS(NTAPI *by_handle_fn)(HANDLE, ACCESS_MASK, POBJECT_TYPE, KPROCESSOR_MODE, PVOID *,
                                      PVOID);
typedef LONG_PTR(FASTCALL *count_fn)(PVOID);

/* mingw's declarations of these are what they point to. */
static const WCHAR *name_of(POBJECT_TYPE type)
{
    if (type == (POBJECT_TYPE)(void *)ExEventObjectType)
        return L"Event";
    if (type == (POBJECT_TYPE)(void *)IoFileObjectType)
        return L"File";
    if (type == (POBJECT_TYPE)(void *)PsThreadType)
        return L"Thread";
    if (type == (POBJECT_TYPE)(void *)PsProcessType)
        return L"Process";
    return type == MmSectionObjectType ? L"Section" : L"?";
}

static NTSTATUS check(HANDLE handle, ACCESS_MASK access, POBJECT_TYPE type)
{
    union {
        UNICODE_STRING name;
        UCHAR bytes[512];
    } found;
    struct basic basic;
    UNICODE_STRING wanted;
    NTSTATUS status;

    status = ZwQueryObject(handle, TYPE_INFORMATION, &found, sizeof(found), NULL);
    if (!NT_SUCCESS(status))
        return status;
    RtlInitUnicodeString(&wanted, name_of(type));
    if (!RtlEqualUnicodeString(&found.name, &wanted, FALSE))
        return STATUS_OBJECT_TYPE_MISMATCH;
    status = ZwQueryObject(handle, BASIC_INFORMATION, &basic, sizeof(basic), NULL);
    if (NT_SUCCESS(status) && (access & ~basic.granted) != 0)
        status = STATUS_ACCESS_DENIED;
    return status;
}

static NTSTATUS open_client(BOOLEAN thread, HANDLE *handle)
{
    OBJECT_ATTRIBUTES attributes;
    CLIENT_ID id = {PsGetCurrentProcessId(), NULL};

    InitializeObjectAttributes(&attributes, NULL, 0, NULL, NULL);
    if (!thread)
        return ZwOpenProcess(handle, ANY_PROCESS, &attributes, &id);
    id.UniqueProcess = NULL;
    id.UniqueThread = PsGetCurrentThreadId();
    return ((NTSTATUS(NTAPI *)(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *,
                               CLIENT_ID *))kgshim_original(L"ZwOpenThread"))(handle, ANY_THREAD,
                                                                             &attributes, &id);
}

/* The client's handle as one of this process. */
static NTSTATUS import(HANDLE theirs, HANDLE *ours)
{
    HANDLE process;
    NTSTATUS status;

    if (theirs == CURRENT_PROCESS || theirs == CURRENT_THREAD)
        return open_client(theirs == CURRENT_THREAD, ours);
    status = open_client(FALSE, &process);
    if (!NT_SUCCESS(status))
        return status;
    status = ZwDuplicateObject(process, theirs, ZwCurrentProcess(), ours, 0, 0, SAME_ACCESS);
    ZwClose(process);
    return status;
}

static NTSTATUS remember(void *object, BOOLEAN of_wine)
{
    for (ULONG i = 0; i < MOST_REFERENCED; i++) {
        if (referenced[i].count == 0 || referenced[i].object == object) {
            referenced[i].object = object;
            referenced[i].of_wine = of_wine;
            referenced[i].count++;
            return STATUS_SUCCESS;
        }
    }
    kgshim_violation("more objects are referenced than the shim counts", MOST_REFERENCED, 0);
    return STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS reference(HANDLE handle, ACCESS_MASK access, POBJECT_TYPE type, PVOID *object)
{
    BOOLEAN of_wine = type == (POBJECT_TYPE)(void *)ExEventObjectType;
    NTSTATUS status = STATUS_SUCCESS;

    if (of_wine)
        status = ((by_handle_fn)kgshim_original(L"ObReferenceObjectByHandle"))(
            handle, access, type, KernelMode, object, NULL);
    else
        *object = ExAllocatePoolWithTag(NonPagedPool, sizeof(ULONG), TAG);
    if (!NT_SUCCESS(status))
        return status;
    return *object != NULL ? remember(*object, of_wine) : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE handle, ACCESS_MASK access, POBJECT_TYPE type,
                                         KPROCESSOR_MODE mode, PVOID *object,
                                         POBJECT_HANDLE_INFORMATION information)
{
    IRP *irp = kgshim_current_irp();
    HANDLE ours;
    NTSTATUS status;

    (void)information;
    *object = NULL;
    if (irp == NULL)
        kgshim_violation("a handle is looked up outside of its caller's request", access, 0);
    else if (irp->RequestorMode != mode)
        kgshim_violation("a handle is looked up in another mode than the requestor's", access,
                         (ULONG)mode);
    if (type == NULL || access == 0)
        kgshim_violation("a handle is looked up without type or access", access, (ULONG_PTR)type);
    status = import(handle, &ours);
    if (!NT_SUCCESS(status))
        return STATUS_INVALID_HANDLE;
    status = check(ours, access, type);
    if (NT_SUCCESS(status))
        status = reference(ours, access, type, object);
    ZwClose(ours);
    return status;
}
REPLACES(ObReferenceObjectByHandle);

LONG_PTR FASTCALL ObfReferenceObject(PVOID object)
{
    for (ULONG i = 0; i < MOST_REFERENCED; i++) {
        if (referenced[i].count > 0 && referenced[i].object == object) {
            if (referenced[i].of_wine)
                ((count_fn)kgshim_original(L"ObfReferenceObject"))(object);
            return ++referenced[i].count;
        }
    }
    return ((count_fn)kgshim_original(L"ObfReferenceObject"))(object);
}
REPLACES(ObfReferenceObject);

LONG_PTR FASTCALL ObfDereferenceObject(PVOID object)
{
    for (ULONG i = 0; i < MOST_REFERENCED; i++) {
        if (referenced[i].count > 0 && referenced[i].object == object) {
            LONG left = --referenced[i].count;

            if (referenced[i].of_wine)
                ((count_fn)kgshim_original(L"ObfDereferenceObject"))(object);
            else if (left == 0)
                ExFreePoolWithTag(object, TAG);
            return left;
        }
    }
    return ((count_fn)kgshim_original(L"ObfDereferenceObject"))(object); /* of no handle */
}
REPLACES(ObfDereferenceObject);

void kgshim_check_handles(void)
{
    for (ULONG i = 0; i < MOST_REFERENCED; i++) {
        if (referenced[i].count > 0)
            kgshim_violation("an object of a caller is still referenced at unload",
                             (ULONG)referenced[i].count, (ULONG_PTR)referenced[i].object);
    }
}
