/*
 * Kernel functions that Wine 8 lacks, has as aborting stubs, or has as functions that do nothing.
 * For tests in Wine only: linked in front of ntoskrnl, never into a driver that is shipped.
 */
#include "wine_shim.h"

/* The first address that is not of user space; what ProbeForRead compares with on 64-bit Windows. */
#define USER_PROBE_ADDRESS 0x7FFFFFFF0000ull
#define PAGE               4096u

NTSTATUS NTAPI IoCreateDevice(DRIVER_OBJECT *, ULONG, UNICODE_STRING *, DEVICE_TYPE, ULONG, BOOLEAN,
                              DEVICE_OBJECT **);

/* Raising and probing */

void NTAPI ExRaiseStatus(NTSTATUS status)
{
    /* Looked up, as mingw's import library does not have it. */
    ((void(NTAPI *)(NTSTATUS))kgshim_original(L"RtlRaiseStatus"))(status);
    __builtin_unreachable();
}
REPLACES(ExRaiseStatus);

void NTAPI ExRaiseAccessViolation(void)
{
    ExRaiseStatus(STATUS_ACCESS_VIOLATION);
}
REPLACES(ExRaiseAccessViolation);

void NTAPI ExRaiseDatatypeMisalignment(void)
{
    ExRaiseStatus(STATUS_DATATYPE_MISALIGNMENT);
}
REPLACES(ExRaiseDatatypeMisalignment);

static void probe_range(ULONG_PTR address, SIZE_T length, ULONG alignment)
{
    if ((address & (alignment - 1)) != 0)
        ExRaiseDatatypeMisalignment();
    if (address + length < address || address + length > USER_PROBE_ADDRESS)
        ExRaiseAccessViolation();
}

void NTAPI ProbeForRead(const VOID *address, SIZE_T length, ULONG alignment)
{
    if (length != 0)
        probe_range((ULONG_PTR)address, length, alignment);
}
REPLACES(ProbeForRead);

void NTAPI ProbeForWrite(PVOID address, SIZE_T length, ULONG alignment)
{
    if (length == 0)
        return;
    probe_range((ULONG_PTR)address, length, alignment);

    /* Windows touches one byte of every page; so does this, through a call that an SEH frame covers. */
    ULONG_PTR last = (ULONG_PTR)address + length - 1;
    for (ULONG_PTR at = (ULONG_PTR)address; at <= last; at = (at & ~(ULONG_PTR)(PAGE - 1)) + PAGE) {
        volatile UCHAR *byte = (volatile UCHAR *)at;
        *byte = *byte;
    }
}
REPLACES(ProbeForWrite);

/* Device security: recorded and never enforced, as Wine's devices have no security descriptor. */

NTSTATUS NTAPI WdmlibIoCreateDeviceSecure(DRIVER_OBJECT *driver, ULONG extension_size,
                                          UNICODE_STRING *name, DEVICE_TYPE type,
                                          ULONG characteristics, BOOLEAN exclusive,
                                          const UNICODE_STRING *sddl, const GUID *class_guid,
                                          DEVICE_OBJECT **device)
{
    if (sddl == NULL || sddl->Length == 0) {
        kgshim_violation("a secure device without SDDL", type, 0);
        return STATUS_INVALID_PARAMETER;
    }
    if (!(characteristics & FILE_DEVICE_SECURE_OPEN))
        kgshim_violation("a device without FILE_DEVICE_SECURE_OPEN", type, characteristics);
    if (class_guid == NULL)
        kgshim_violation("a secure device without a class GUID", type, 0);

    NTSTATUS status =
        IoCreateDevice(driver, extension_size, name, type, characteristics, exclusive, device);
    if (NT_SUCCESS(status) && exclusive)
        (*device)->Flags |= DO_EXCLUSIVE;
    DbgPrint("kgshim: device type %04x characteristics %08x exclusive %d sddl %.*ls status %08x\n",
             type, characteristics, exclusive, (int)(sddl->Length / sizeof(WCHAR)), sddl->Buffer,
             status);
    return status;
}
REPLACES(WdmlibIoCreateDeviceSecure);

BOOLEAN NTAPI SeSinglePrivilegeCheck(LUID privilege, KPROCESSOR_MODE mode)
{
    (void)privilege;
    return mode == KernelMode || kgshim_settings.deny_privileges == 0;
}
REPLACES(SeSinglePrivilegeCheck);

KPROCESSOR_MODE NTAPI ExGetPreviousMode(void)
{
    return UserMode;
}
REPLACES(ExGetPreviousMode);

/*
 * Cancel-safe queues. The IRP points to its context or, without one, to the queue: both start with a Type that tells
 * them apart. Whoever takes the IRP's cancel routine away owns the IRP; that is the whole protocol.
 */

#define CSQ_WITHOUT_CONTEXT    1u
#define CSQ_IRP_CONTEXT        2u
#define CSQ_WITHOUT_CONTEXT_EX 3u
#define CSQ_SLOT               3

static NTSTATUS csq_init(IO_CSQ *queue, ULONG type, PVOID insert, PIO_CSQ_REMOVE_IRP remove,
                         PIO_CSQ_PEEK_NEXT_IRP peek, PIO_CSQ_ACQUIRE_LOCK acquire,
                         PIO_CSQ_RELEASE_LOCK release, PIO_CSQ_COMPLETE_CANCELED_IRP complete)
{
    queue->Type = type;
    queue->CsqInsertIrp = (PIO_CSQ_INSERT_IRP)insert;
    queue->CsqRemoveIrp = remove;
    queue->CsqPeekNextIrp = peek;
    queue->CsqAcquireLock = acquire;
    queue->CsqReleaseLock = release;
    queue->CsqCompleteCanceledIrp = complete;
    queue->ReservePointer = NULL;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoCsqInitialize(PIO_CSQ queue, PIO_CSQ_INSERT_IRP insert, PIO_CSQ_REMOVE_IRP remove,
                               PIO_CSQ_PEEK_NEXT_IRP peek, PIO_CSQ_ACQUIRE_LOCK acquire,
                               PIO_CSQ_RELEASE_LOCK release, PIO_CSQ_COMPLETE_CANCELED_IRP complete)
{
    return csq_init(queue, CSQ_WITHOUT_CONTEXT, (PVOID)insert, remove, peek, acquire, release,
                    complete);
}
REPLACES(IoCsqInitialize);

NTSTATUS NTAPI IoCsqInitializeEx(PIO_CSQ queue, PIO_CSQ_INSERT_IRP_EX insert,
                                 PIO_CSQ_REMOVE_IRP remove, PIO_CSQ_PEEK_NEXT_IRP peek,
                                 PIO_CSQ_ACQUIRE_LOCK acquire, PIO_CSQ_RELEASE_LOCK release,
                                 PIO_CSQ_COMPLETE_CANCELED_IRP complete)
{
    return csq_init(queue, CSQ_WITHOUT_CONTEXT_EX, (PVOID)insert, remove, peek, acquire, release,
                    complete);
}
REPLACES(IoCsqInitializeEx);

static IO_CSQ *csq_of(IRP *irp, IO_CSQ_IRP_CONTEXT **context)
{
    IO_CSQ_IRP_CONTEXT *slot = irp->Tail.Overlay.DriverContext[CSQ_SLOT];
    if (slot->Type == CSQ_IRP_CONTEXT) {
        *context = slot;
        return slot->Csq;
    }
    *context = NULL;
    return (IO_CSQ *)slot;
}

/* Takes the IRP out of the queue's books. The queue's lock is held. */
static void csq_detach(IO_CSQ *queue, IRP *irp, IO_CSQ_IRP_CONTEXT *context)
{
    queue->CsqRemoveIrp(queue, irp);
    if (context != NULL)
        context->Irp = NULL;
    irp->Tail.Overlay.DriverContext[CSQ_SLOT] = NULL;
}

static void NTAPI csq_cancel(DEVICE_OBJECT *device, IRP *irp)
{
    IO_CSQ_IRP_CONTEXT *context;
    KIRQL irql;

    (void)device;
    IoReleaseCancelSpinLock(irp->CancelIrql);
    IO_CSQ *queue = csq_of(irp, &context);
    queue->CsqAcquireLock(queue, &irql);
    csq_detach(queue, irp, context);
    queue->CsqReleaseLock(queue, irql);
    queue->CsqCompleteCanceledIrp(queue, irp);
}

NTSTATUS NTAPI IoCsqInsertIrpEx(PIO_CSQ queue, PIRP irp, PIO_CSQ_IRP_CONTEXT context,
                                PVOID insert_context)
{
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;

    if (context != NULL) {
        context->Type = CSQ_IRP_CONTEXT;
        context->Irp = irp;
        context->Csq = queue;
    }
    irp->Tail.Overlay.DriverContext[CSQ_SLOT] = context != NULL ? (PVOID)context : (PVOID)queue;

    queue->CsqAcquireLock(queue, &irql);
    if (queue->Type == CSQ_WITHOUT_CONTEXT_EX)
        status = ((PIO_CSQ_INSERT_IRP_EX)(PVOID)queue->CsqInsertIrp)(queue, irp, insert_context);
    else
        queue->CsqInsertIrp(queue, irp);
    if (!NT_SUCCESS(status)) {
        irp->Tail.Overlay.DriverContext[CSQ_SLOT] = NULL;
        queue->CsqReleaseLock(queue, irql);
        return status;
    }
    IoMarkIrpPending(irp);
    IoSetCancelRoutine(irp, csq_cancel);

    /* Cancelled before it had a routine: nobody will call ours, unless it is just being called. */
    if (irp->Cancel && IoSetCancelRoutine(irp, NULL) != NULL) {
        csq_detach(queue, irp, context);
        queue->CsqReleaseLock(queue, irql);
        queue->CsqCompleteCanceledIrp(queue, irp);
        return STATUS_SUCCESS;
    }
    queue->CsqReleaseLock(queue, irql);
    return STATUS_SUCCESS;
}
REPLACES(IoCsqInsertIrpEx);

void NTAPI IoCsqInsertIrp(PIO_CSQ queue, PIRP irp, PIO_CSQ_IRP_CONTEXT context)
{
    (void)IoCsqInsertIrpEx(queue, irp, context, NULL);
}
REPLACES(IoCsqInsertIrp);

PIRP NTAPI IoCsqRemoveNextIrp(PIO_CSQ queue, PVOID peek_context)
{
    IO_CSQ_IRP_CONTEXT *context;
    KIRQL irql;

    queue->CsqAcquireLock(queue, &irql);
    IRP *irp = queue->CsqPeekNextIrp(queue, NULL, peek_context);
    while (irp != NULL && IoSetCancelRoutine(irp, NULL) == NULL)
        irp = queue->CsqPeekNextIrp(queue, irp, peek_context);
    if (irp != NULL) {
        (void)csq_of(irp, &context);
        csq_detach(queue, irp, context);
    }
    queue->CsqReleaseLock(queue, irql);
    return irp;
}
REPLACES(IoCsqRemoveNextIrp);

PIRP NTAPI IoCsqRemoveIrp(PIO_CSQ queue, PIO_CSQ_IRP_CONTEXT context)
{
    KIRQL irql;

    queue->CsqAcquireLock(queue, &irql);
    IRP *irp = context->Irp;
    if (irp != NULL && IoSetCancelRoutine(irp, NULL) == NULL)
        irp = NULL;
    if (irp != NULL)
        csq_detach(queue, irp, context);
    queue->CsqReleaseLock(queue, irql);
    return irp;
}
REPLACES(IoCsqRemoveIrp);
