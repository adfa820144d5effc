/*
 * A small driver verifier for tests in Wine: stands between Wine and the driver's dispatch table, and between the driver
 * and the calls in which drivers go wrong. Each violation is a line in the debug log; the harness fails on any.
 * It also plays what Wine's server does not know: cleanup before close, a failing create, an exclusive device.
 */
#include "wine_shim.h"

#define GUARD_BYTES 16u
#define GUARD       0xFDu
#define FRESH       0xCDu
#define BLOCK_MAGIC 0x4B474C42u

struct block {
    SIZE_T size;
    ULONG magic;
    ULONG tag;
};

NTSTATUS NTAPI DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path);

typedef VOID(FASTCALL *complete_fn)(PIRP, CCHAR);
typedef PVOID(NTAPI *allocate_fn)(POOL_TYPE, SIZE_T, ULONG);
typedef VOID(NTAPI *free_fn)(PVOID, ULONG);

struct kgshim_control kgshim_settings;

static complete_fn real_complete;
static allocate_fn real_allocate;
static free_fn real_free;
static DRIVER_DISPATCH *dispatch_of[IRP_MJ_MAXIMUM_FUNCTION + 1];
static DRIVER_UNLOAD *unload_of;
static volatile LONG violations, live_blocks, live_bytes;

/* The request that Wine's one request thread is in: completed how often, and as what. */
static struct {
    IRP *irp;
    ULONG code;
    LONG completions;
    BOOLEAN marked_pending;
    NTSTATUS status;
} current;

void kgshim_violation(const char *what, ULONG code, ULONG_PTR value)
{
    InterlockedIncrement(&violations);
    DbgPrint("kgshim: violation: %s (code %08x, value %Ix)\n", what, code, value);
}

IRP *kgshim_current_irp(void)
{
    return current.irp;
}

void *kgshim_original(const WCHAR *name)
{
    UNICODE_STRING text;

    RtlInitUnicodeString(&text, name);
    return MmGetSystemRoutineAddress(&text);
}

/* Completion */

static BOOLEAN is_failure(NTSTATUS status)
{
    return ((ULONG)status >> 30) == 3;
}

VOID FASTCALL IofCompleteRequest(PIRP irp, CCHAR boost)
{
    NTSTATUS status = irp->IoStatus.Status;
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG code = current.irp == irp ? current.code : 0;

    if (current.irp == irp) {
        if (++current.completions > 1) {
            kgshim_violation("a request is completed twice", code, (ULONG_PTR)status);
            return; /* forwarded, it would take Wine's request thread along */
        }
        current.status = status;
        current.marked_pending = (stack->Control & SL_PENDING_RETURNED) != 0;
    }
    if (status == STATUS_PENDING)
        kgshim_violation("a request is completed as pending", code, 0);
    if (stack->MajorFunction == IRP_MJ_DEVICE_CONTROL) {
        ULONG capacity = stack->Parameters.DeviceIoControl.OutputBufferLength;
        if (irp->IoStatus.Information > capacity) {
            kgshim_violation("Information is larger than the output buffer", code,
                             irp->IoStatus.Information);
            irp->IoStatus.Information = 0;
        }
    }
    if (is_failure(status) && irp->IoStatus.Information != 0)
        kgshim_violation("Information is not 0 with an error", code, irp->IoStatus.Information);
    real_complete(irp, boost);
}
REPLACES(IofCompleteRequest);

static NTSTATUS finish(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    real_complete(irp, IO_NO_INCREMENT);
    return status;
}

/* Dispatch */

/* Where Wine's request differs from one of Windows, or is by chance what a test would want to see. */
static void as_on_windows(IRP *irp, const IO_STACK_LOCATION *stack)
{
    ULONG method = stack->Parameters.DeviceIoControl.IoControlCode & 3;
    ULONG in = stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG out = stack->Parameters.DeviceIoControl.OutputBufferLength;

    if (method != METHOD_BUFFERED && out == 0)
        irp->MdlAddress = NULL;
    if (method == METHOD_BUFFERED && out > in) /* what the pool held before: seen if it gets out */
        memset((UCHAR *)irp->AssociatedIrp.SystemBuffer + in, FRESH, out - in);
}

static NTSTATUS watched(DEVICE_OBJECT *device, IRP *irp, UCHAR major)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG code =
        major == IRP_MJ_DEVICE_CONTROL ? stack->Parameters.DeviceIoControl.IoControlCode : major;

    if (major == IRP_MJ_DEVICE_CONTROL)
        as_on_windows(irp, stack);
    current.irp = irp;
    current.code = code;
    current.completions = 0;
    NTSTATUS status = dispatch_of[major](device, irp);

    /* A pended request may be gone already: only what its completion noted down is looked at. */
    if (current.completions == 0 && status != STATUS_PENDING)
        kgshim_violation("dispatch returned a final status without completing", code,
                         (ULONG_PTR)status);
    if (current.completions != 0 && status != STATUS_PENDING && status != current.status)
        kgshim_violation("dispatch returned another status than it completed with", code,
                         (ULONG_PTR)status);
    if (current.completions != 0 && current.marked_pending != (status == STATUS_PENDING))
        kgshim_violation("the pending mark and the returned status disagree", code,
                         (ULONG_PTR)status);
    current.irp = NULL;
    return status;
}

static NTSTATUS control(IRP *irp, IO_STACK_LOCATION *stack)
{
    void *buffer = irp->AssociatedIrp.SystemBuffer;
    ULONG_PTR information = 0;

    if (stack->Parameters.DeviceIoControl.InputBufferLength >= sizeof(struct kgshim_control))
        kgshim_settings = *(struct kgshim_control *)buffer;
    if (stack->Parameters.DeviceIoControl.OutputBufferLength >= sizeof(struct kgshim_state)) {
        struct kgshim_state state = {(ULONG)violations, (ULONG)live_blocks, (ULONG)live_bytes};
        *(struct kgshim_state *)buffer = state;
        information = sizeof state;
    }
    return finish(irp, STATUS_SUCCESS, information);
}

/* Wine's CreateFile succeeds whatever the driver says. The status is kept, and every later request gets it. */
static NTSTATUS create(DEVICE_OBJECT *device, IRP *irp, FILE_OBJECT *file)
{
    if ((device->Flags & DO_EXCLUSIVE) && device->ReferenceCount > 0) {
        file->FinalStatus = STATUS_ACCESS_DENIED;
        return finish(irp, STATUS_ACCESS_DENIED, 0);
    }
    NTSTATUS status = watched(device, irp, IRP_MJ_CREATE);
    file->FinalStatus = status;
    if (NT_SUCCESS(status))
        device->ReferenceCount++;
    else
        DbgPrint("kgshim: create failed with %08x\n", status);
    return status;
}

static NTSTATUS NTAPI stop_completion(DEVICE_OBJECT *device, IRP *irp, PVOID event)
{
    (void)device;
    (void)irp;
    KeSetEvent(event, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Wine has no IRP_MJ_CLEANUP: one of our own goes ahead of every close. */
static void cleanup(DEVICE_OBJECT *device, FILE_OBJECT *file)
{
    KEVENT done;
    IRP *irp = IoAllocateIrp(device->StackSize, FALSE);

    if (irp == NULL)
        return;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IO_STACK_LOCATION *stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_CLEANUP;
    stack->DeviceObject = device;
    stack->FileObject = file;
    irp->RequestorMode = UserMode;
    irp->Tail.Overlay.OriginalFileObject = file;
    IoSetCompletionRoutine(irp, stop_completion, &done, TRUE, TRUE, TRUE);
    IoCallDriver(device, irp);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    IoFreeIrp(irp);
}

static NTSTATUS NTAPI dispatch(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    UCHAR major = stack->MajorFunction;
    FILE_OBJECT *file = stack->FileObject;

    if (major == IRP_MJ_DEVICE_CONTROL &&
        stack->Parameters.DeviceIoControl.IoControlCode == KGSHIM_CONTROL)
        return control(irp, stack);
    if (file == NULL)
        return watched(device, irp, major);
    if (major == IRP_MJ_CREATE)
        return create(device, irp, file);
    if (!NT_SUCCESS(file->FinalStatus))
        return finish(irp, major == IRP_MJ_CLOSE ? STATUS_SUCCESS : file->FinalStatus, 0);
    if (major == IRP_MJ_CLOSE) {
        cleanup(device, file);
        device->ReferenceCount--;
    }
    return watched(device, irp, major);
}

/* Pool */

static UCHAR *block_end(struct block *block)
{
    return (UCHAR *)(block + 1) + block->size;
}

static PVOID allocate(POOL_TYPE type, SIZE_T size, ULONG tag, BOOLEAN zero)
{
    if (size == 0)
        kgshim_violation("an allocation of 0 bytes", tag, 0);
    if (kgshim_settings.fail_allocation != 0 && --kgshim_settings.fail_allocation == 0)
        return NULL;
    if (size > MAXULONG)
        return NULL;
    struct block *block = real_allocate(type, sizeof *block + size + GUARD_BYTES, tag);
    if (block == NULL)
        return NULL;
    block->size = size;
    block->magic = BLOCK_MAGIC;
    block->tag = tag;
    memset(block + 1, zero ? 0 : FRESH, size);
    memset(block_end(block), GUARD, GUARD_BYTES);
    InterlockedIncrement(&live_blocks);
    InterlockedExchangeAdd(&live_bytes, (LONG)size);
    return block + 1;
}

PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T size, ULONG tag)
{
    return allocate(type, size, tag, FALSE);
}
REPLACES(ExAllocatePoolWithTag);

PVOID NTAPI ExAllocatePoolZero(POOL_TYPE type, SIZE_T size, ULONG tag)
{
    return allocate(type, size, tag, TRUE);
}
REPLACES(ExAllocatePoolZero);

#define POOL2_UNINITIALIZED 0x2ull
#define POOL2_PAGED         0x100ull

PVOID NTAPI ExAllocatePool2(ULONG64 flags, SIZE_T size, ULONG tag)
{
    return allocate(flags & POOL2_PAGED ? PagedPool : NonPagedPool, size, tag,
                    !(flags & POOL2_UNINITIALIZED));
}
REPLACES(ExAllocatePool2);

static void release(PVOID memory, ULONG tag)
{
    struct block *block = (struct block *)memory - 1;

    if (memory == NULL) {
        kgshim_violation("a null pointer is freed", tag, 0);
        return;
    }
    if (block->magic != BLOCK_MAGIC) {
        real_free(memory, tag); /* Wine's own, or a double free, which Wine's heap then names */
        return;
    }
    if (tag != 0 && tag != block->tag)
        kgshim_violation("a block is freed with another tag", tag, block->tag);
    for (ULONG i = 0; i < GUARD_BYTES; i++) {
        if (block_end(block)[i] != GUARD) {
            kgshim_violation("a block was written past its end", block->tag, block->size);
            break;
        }
    }
    InterlockedDecrement(&live_blocks);
    InterlockedExchangeAdd(&live_bytes, -(LONG)block->size);
    block->magic = 0;
    memset(memory, 0xDD, block->size);
    real_free(block, block->tag);
}

VOID NTAPI ExFreePoolWithTag(PVOID memory, ULONG tag)
{
    release(memory, tag);
}
REPLACES(ExFreePoolWithTag);

VOID NTAPI ExFreePool(PVOID memory)
{
    release(memory, 0);
}
REPLACES(ExFreePool);

/* Entry and exit */

static void NTAPI unload(DRIVER_OBJECT *driver)
{
    unload_of(driver);
    if (driver->DeviceObject != NULL)
        kgshim_violation("a device is left at unload", 0, (ULONG_PTR)driver->DeviceObject);
    kgshim_check_handles();
    if (live_blocks != 0)
        kgshim_violation("pool blocks are left at unload", (ULONG)live_blocks,
                         (ULONG_PTR)live_bytes);
    DbgPrint("kgshim: unloaded, %d violations\n", violations);
}

NTSTATUS NTAPI KgShimEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    static const UCHAR hooked[] = {IRP_MJ_CREATE, IRP_MJ_CLOSE,         IRP_MJ_READ,
                                   IRP_MJ_WRITE,  IRP_MJ_FLUSH_BUFFERS, IRP_MJ_DEVICE_CONTROL};

    real_complete = (complete_fn)kgshim_original(L"IofCompleteRequest");
    real_allocate = (allocate_fn)kgshim_original(L"ExAllocatePoolWithTag");
    real_free = (free_fn)kgshim_original(L"ExFreePoolWithTag");

    NTSTATUS status = DriverEntry(driver, registry_path);
    if (!NT_SUCCESS(status)) {
        if (live_blocks != 0 || driver->DeviceObject != NULL)
            kgshim_violation("a failed DriverEntry left something", (ULONG)live_blocks,
                             (ULONG_PTR)driver->DeviceObject);
        return status;
    }
    for (ULONG i = 0; i < sizeof hooked; i++) {
        dispatch_of[hooked[i]] = driver->MajorFunction[hooked[i]];
        driver->MajorFunction[hooked[i]] = dispatch;
    }
    if (driver->DriverUnload != NULL) {
        unload_of = driver->DriverUnload;
        driver->DriverUnload = unload;
    }
    return status;
}
