/* A small driver, written by hand, that proves the harness: each transfer method, access, faults on demand. */
#include <ntddk.h>
#include <wdmsec.h>
#include "harness.h"

#ifndef EXCLUSIVE
#define EXCLUSIVE FALSE
#endif

#define TAG 0x6E726148u /* "Harn" */

PVOID NTAPI ExAllocatePool2(ULONG64 flags, SIZE_T size, ULONG tag);
#define POOL_FLAG_NON_PAGED 0x40ull

/* harness_seh.c */
NTSTATUS harness_copy_in(void *to, const void *user, SIZE_T length, KPROCESSOR_MODE mode);
NTSTATUS harness_copy_out(void *user, const void *from, SIZE_T length, KPROCESSOR_MODE mode);

DRIVER_INITIALIZE DriverEntry;

struct open {
    ULONG sum;
};

static const GUID device_class = {
    0x6f5c2f0a, 0x7c1f, 0x4a0e, {0x9b, 0x55, 0x28, 0x0e, 0x71, 0x3c, 0x90, 0x44}};
static UNICODE_STRING link_name = RTL_CONSTANT_STRING(L"\\DosDevices\\Harness");
static BOOLEAN fail_create;

static LIST_ENTRY waiting;
static KSPIN_LOCK waiting_lock;
static IO_CSQ queue;

static NTSTATUS finish(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* The queue of HARNESS_WAIT */

static void NTAPI queue_insert(IO_CSQ *csq, IRP *irp)
{
    (void)csq;
    InsertTailList(&waiting, &irp->Tail.Overlay.ListEntry);
}

static void NTAPI queue_remove(IO_CSQ *csq, IRP *irp)
{
    (void)csq;
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
}

/* The context is the file object whose requests are wanted. */
static IRP *NTAPI queue_peek(IO_CSQ *csq, IRP *irp, void *file)
{
    LIST_ENTRY *entry = irp == NULL ? waiting.Flink : irp->Tail.Overlay.ListEntry.Flink;

    (void)csq;
    for (; entry != &waiting; entry = entry->Flink) {
        IRP *next = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
        if (IoGetCurrentIrpStackLocation(next)->FileObject == file)
            return next;
    }
    return NULL;
}

static void NTAPI queue_lock(IO_CSQ *csq, KIRQL *irql)
{
    (void)csq;
    KeAcquireSpinLock(&waiting_lock, irql);
}

static void NTAPI queue_unlock(IO_CSQ *csq, KIRQL irql)
{
    (void)csq;
    KeReleaseSpinLock(&waiting_lock, irql);
}

static void NTAPI queue_cancelled(IO_CSQ *csq, IRP *irp)
{
    (void)csq;
    DbgPrint("harness: cancelled\n");
    (void)finish(irp, STATUS_CANCELLED, 0);
}

static NTSTATUS wake(IRP *irp, FILE_OBJECT *file, const UCHAR *data)
{
    IRP *waiter = IoCsqRemoveNextIrp(&queue, file);

    if (waiter == NULL)
        return finish(irp, STATUS_NOT_FOUND, 0);
    *(UCHAR *)waiter->AssociatedIrp.SystemBuffer = *data;
    (void)finish(waiter, STATUS_SUCCESS, 1);
    return finish(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI on_create(DEVICE_OBJECT *device, IRP *irp)
{
    FILE_OBJECT *file = IoGetCurrentIrpStackLocation(irp)->FileObject;

    (void)device;
    if (fail_create) {
        fail_create = FALSE;
        return finish(irp, STATUS_DEVICE_BUSY, 0);
    }
    file->FsContext = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(struct open), TAG);
    if (file->FsContext == NULL)
        return finish(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    DbgPrint("harness: create\n");
    return finish(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI on_cleanup(DEVICE_OBJECT *device, IRP *irp)
{
    FILE_OBJECT *file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    IRP *waiter;

    (void)device;
    DbgPrint("harness: cleanup\n");
    while ((waiter = IoCsqRemoveNextIrp(&queue, file)) != NULL)
        queue_cancelled(&queue, waiter);
    return finish(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI on_close(DEVICE_OBJECT *device, IRP *irp)
{
    FILE_OBJECT *file = IoGetCurrentIrpStackLocation(irp)->FileObject;

    (void)device;
    DbgPrint("harness: close\n");
    ExFreePoolWithTag(file->FsContext, TAG);
    return finish(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS direct(IRP *irp, struct open *open, ULONG length, const UCHAR *first)
{
    if (length == 0)
        return finish(
            irp, irp->MdlAddress == NULL ? STATUS_INVALID_PARAMETER : STATUS_INTERNAL_ERROR, 0);
    UCHAR *data = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
    if (data == NULL)
        return finish(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    for (ULONG i = 0; i < length; i++) {
        if (first != NULL)
            data[i] = (UCHAR)(*first + i);
        else
            open->sum += data[i];
    }
    return finish(irp, STATUS_SUCCESS, first != NULL ? length : 0);
}

static NTSTATUS neither(IRP *irp, const IO_STACK_LOCATION *stack)
{
    UCHAR copy[64];
    ULONG length = stack->Parameters.DeviceIoControl.InputBufferLength;

    if (length > sizeof copy || stack->Parameters.DeviceIoControl.OutputBufferLength < length)
        return finish(irp, STATUS_INVALID_PARAMETER, 0);
    NTSTATUS status = harness_copy_in(copy, stack->Parameters.DeviceIoControl.Type3InputBuffer,
                                      length, irp->RequestorMode);
    for (ULONG i = 0; i < length; i++)
        copy[i] = (UCHAR)~copy[i];
    if (NT_SUCCESS(status))
        status = harness_copy_out(irp->UserBuffer, copy, length, irp->RequestorMode);
    return finish(irp, status, NT_SUCCESS(status) ? length : 0);
}

/* The address in the input is probed as a caller's pointer would be; the answer is the status as data. */
static NTSTATUS probe(IRP *irp)
{
    UCHAR copy[4] = {0};
    ULONG64 address = *(ULONG64 *)irp->AssociatedIrp.SystemBuffer;
    NTSTATUS status = harness_copy_in(copy, (void *)(ULONG_PTR)address, sizeof copy, UserMode);

    *(NTSTATUS *)irp->AssociatedIrp.SystemBuffer = status;
    return finish(irp, STATUS_SUCCESS, sizeof status);
}

static NTSTATUS fault(IRP *irp, ULONG which)
{
    volatile UCHAR *volatile nowhere = NULL;
    UCHAR *block;

    switch (which) {
    case FAULT_CRASH:
        *nowhere = 1;
        break;
    case FAULT_HANG:
        IoMarkIrpPending(irp);
        return STATUS_PENDING;
    case FAULT_COMPLETE_TWICE:
        (void)finish(irp, STATUS_SUCCESS, 0);
        break;
    case FAULT_LONG_INFORMATION:
        return finish(irp, STATUS_SUCCESS, 100000);
    case FAULT_ERROR_INFORMATION:
        return finish(irp, STATUS_UNSUCCESSFUL, 4);
    case FAULT_OTHER_STATUS:
        (void)finish(irp, STATUS_SUCCESS, 0);
        return STATUS_UNSUCCESSFUL;
    case FAULT_MARK_PENDING:
        IoMarkIrpPending(irp);
        break;
    case FAULT_STALE_OUTPUT:
        return finish(irp, STATUS_SUCCESS, 8);
    case FAULT_POOL_LEAK:
        (void)ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, TAG);
        break;
    case FAULT_POOL_OVERRUN:
    case FAULT_POOL_TAG:
        block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, TAG);
        if (block == NULL)
            return finish(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
        if (which == FAULT_POOL_OVERRUN)
            ((volatile UCHAR *)block)[10] = 0;
        ExFreePoolWithTag(block, which == FAULT_POOL_TAG ? TAG + 1 : TAG);
        break;
    case FAULT_FAIL_CREATE:
        fail_create = TRUE;
        break;
    default:
        return finish(irp, STATUS_INVALID_PARAMETER, 0);
    }
    return finish(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI on_control(DEVICE_OBJECT *device, IRP *irp)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    struct open *open = stack->FileObject->FsContext;
    ULONG in = stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG out = stack->Parameters.DeviceIoControl.OutputBufferLength;
    UCHAR *buffer = irp->AssociatedIrp.SystemBuffer;

    (void)device;
    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case HARNESS_BUFFERED:
        if (out < in)
            return finish(irp, STATUS_BUFFER_TOO_SMALL, 0);
        for (ULONG i = 0; i < in; i++)
            buffer[i]++;
        return finish(irp, STATUS_SUCCESS, in);
    case HARNESS_IN_DIRECT:
        return direct(irp, open, out, NULL);
    case HARNESS_OUT_DIRECT:
        return in < 1 ? finish(irp, STATUS_INFO_LENGTH_MISMATCH, 0)
                      : direct(irp, open, out, buffer);
    case HARNESS_NEITHER:
        return neither(irp, stack);
    case HARNESS_GET:
        if (out < sizeof open->sum)
            return finish(irp, STATUS_BUFFER_TOO_SMALL, 0);
        RtlCopyMemory(buffer, &open->sum, sizeof open->sum);
        return finish(irp, STATUS_SUCCESS, sizeof open->sum);
    case HARNESS_SET:
        if (in != sizeof open->sum)
            return finish(irp, STATUS_INFO_LENGTH_MISMATCH, 0);
        RtlCopyMemory(&open->sum, buffer, sizeof open->sum);
        return finish(irp, STATUS_SUCCESS, 0);
    case HARNESS_FAULT:
        return in != 4 ? finish(irp, STATUS_INFO_LENGTH_MISMATCH, 0) : fault(irp, buffer[0]);
    case HARNESS_WAIT:
        if (out < 1)
            return finish(irp, STATUS_BUFFER_TOO_SMALL, 0);
        IoCsqInsertIrp(&queue, irp, NULL);
        return STATUS_PENDING;
    case HARNESS_WAKE:
        return in != 1 ? finish(irp, STATUS_INFO_LENGTH_MISMATCH, 0)
                       : wake(irp, stack->FileObject, buffer);
    case HARNESS_PRIVILEGED:
        return finish(irp,
                      SeSinglePrivilegeCheck(RtlConvertLongToLuid(SE_LOAD_DRIVER_PRIVILEGE),
                                             irp->RequestorMode)
                          ? STATUS_SUCCESS
                          : STATUS_PRIVILEGE_NOT_HELD,
                      0);
    case HARNESS_PROBE:
        return in != 8 || out < 4 ? finish(irp, STATUS_INFO_LENGTH_MISMATCH, 0) : probe(irp);
    default:
        return finish(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static void NTAPI on_unload(DRIVER_OBJECT *driver)
{
    IoDeleteSymbolicLink(&link_name);
    IoDeleteDevice(driver->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\Harness");
    UNICODE_STRING sddl = RTL_CONSTANT_STRING(L"D:P(A;;GA;;;SY)(A;;GA;;;BA)");
    DEVICE_OBJECT *device;

    (void)registry_path;
    InitializeListHead(&waiting);
    KeInitializeSpinLock(&waiting_lock);
    IoCsqInitialize(&queue, queue_insert, queue_remove, queue_peek, queue_lock, queue_unlock,
                    queue_cancelled);
    NTSTATUS status = IoCreateDeviceSecure(driver, 0, &name, 0x8123, FILE_DEVICE_SECURE_OPEN,
                                           EXCLUSIVE, &sddl, &device_class, &device);
    if (!NT_SUCCESS(status))
        return status;
    status = IoCreateSymbolicLink(&link_name, &name);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    driver->MajorFunction[IRP_MJ_CREATE] = on_create;
    driver->MajorFunction[IRP_MJ_CLEANUP] = on_cleanup;
    driver->MajorFunction[IRP_MJ_CLOSE] = on_close;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = on_control;
    driver->DriverUnload = on_unload;
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}
