/*
 * adapter_kmdf.c - as much of the framework as kgen's adapter sees, for adapter.c: one device, and requests that end
 * before their callback returns. Compiled with PNP, the device is one of Plug and Play.
 */
#include <ntddk.h>
#include <wdf.h>

#include "adapter.h"
#include "hidden_kmdf.h"

const bool locks_memory = true;

#define TAG 0x46444Bu

struct object {
    const WDF_OBJECT_CONTEXT_TYPE_INFO *type;
    void *context;
};

static struct {
    struct object object;
    bool there, purged, locked;
    WDF_FILEOBJECT_CONFIG files;
    WDF_OBJECT_ATTRIBUTES file_attributes, request_attributes;
    WDF_OBJECT_ATTRIBUTES attributes;
    PFN_WDF_IO_IN_CALLER_CONTEXT in_caller_context;
    WDF_IO_QUEUE_CONFIG queue;
    DEVICE_OBJECT wdm;
} device;

struct file {
    struct object object;
    PFILE_OBJECT wdm;
};

struct request {
    struct object object;
    PIRP irp;
    bool in_caller_context;
    ULONGLONG context[128];
};

static void *give_context(struct object *object, const WDF_OBJECT_ATTRIBUTES *attributes)
{
    size_t size = attributes->ContextSizeOverride;

    object->type = attributes->ContextTypeInfo;
    if (size == 0)
        size = object->type->ContextSize;
    EXPECT(size >= object->type->ContextSize);
#if NTDDI_VERSION >= NTDDI_WIN10_VB
    object->context = ExAllocatePool2(POOL_FLAG_NON_PAGED, size, TAG);
#else
    object->context = ExAllocatePoolWithTag(NonPagedPoolNx, size, TAG);
    if (object->context != NULL)
        memset(object->context, 0, size);
#endif
    return object->context;
}

static void free_context(struct object *object)
{
    if (object->context != NULL)
        ExFreePoolWithTag(object->context, TAG);
}

static PVOID WdfObjectGetTypedContextWorker_(PWDF_DRIVER_GLOBALS all, WDFOBJECT handle,
                                             PCWDF_OBJECT_CONTEXT_TYPE_INFO type)
{
    struct object *object = handle;

    (void)all;
    EXPECT(object->type == type && object->context != NULL);
    return object->context;
}

/* ---- The device ----------------------------------------------------------------------------- */

static char init_memory[8];
#define INIT ((PWDFDEVICE_INIT)(void *)init_memory)
static bool init_is_free = true;

static PWDFDEVICE_INIT WdfControlDeviceInitAllocate_(PWDF_DRIVER_GLOBALS all, WDFDRIVER owner,
                                                     const UNICODE_STRING *sddl)
{
    (void)all;
    (void)owner;
    EXPECT(sddl->Length > 0 && init_is_free);
    init_is_free = false;
    return INIT;
}

static VOID WdfDeviceInitFree_(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init)
{
    (void)all;
    EXPECT(init == INIT && !init_is_free);
    init_is_free = true;
}

static VOID WdfDeviceInitSetDeviceType_(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init,
                                        DEVICE_TYPE type)
{
    (void)all;
    EXPECT(init == INIT && type == HIDDEN_DEVICE_TYPE);
}

static VOID WdfDeviceInitSetDeviceClass_(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init,
                                         const GUID *guid)
{
    (void)all;
    EXPECT(init == INIT && guid != NULL);
}

static VOID WdfDeviceInitSetExclusive_(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init, BOOLEAN is)
{
    (void)all;
    EXPECT(init == INIT && !is);
}

static NTSTATUS WdfDeviceInitAssignName_(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init,
                                         PCUNICODE_STRING name)
{
    (void)all;
    EXPECT(init == INIT && wcscmp(name->Buffer, L"\\Device\\Hidden") == 0);
    return STATUS_SUCCESS;
}

static VOID WdfDeviceInitSetFileObjectConfig_(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init,
                                              PWDF_FILEOBJECT_CONFIG config,
                                              PWDF_OBJECT_ATTRIBUTES attributes)
{
    (void)all;
    EXPECT(init == INIT);
    device.files = *config;
    device.file_attributes = *attributes;
}

static VOID WdfDeviceInitSetRequestAttributes_(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init,
                                               PWDF_OBJECT_ATTRIBUTES attributes)
{
    (void)all;
    EXPECT(init == INIT);
    device.request_attributes = *attributes;
}

static VOID WdfDeviceInitSetIoInCallerContextCallback_(
    PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init, PFN_WDF_IO_IN_CALLER_CONTEXT in_caller_context)
{
    (void)all;
    EXPECT(init == INIT);
    device.in_caller_context = in_caller_context;
}

static NTSTATUS WdfDeviceCreate_(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT *init,
                                 PWDF_OBJECT_ATTRIBUTES attributes, WDFDEVICE *handle)
{
    (void)all;
    EXPECT(*init == INIT && attributes->ExecutionLevel == WdfExecutionLevelPassive);
    if (give_context(&device.object, attributes) == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    device.there = true;
    device.attributes = *attributes;
    driver.DeviceObject = &device.wdm;
    *init = NULL;
    init_is_free = true;
    *handle = (WDFDEVICE)(void *)&device;
    return STATUS_SUCCESS;
}

static NTSTATUS WdfDeviceCreateSymbolicLink_(PWDF_DRIVER_GLOBALS all, WDFDEVICE handle,
                                             PCUNICODE_STRING link)
{
    (void)all;
    (void)handle;
    EXPECT(wcscmp(link->Buffer, L"\\DosDevices\\Hidden") == 0);
    return STATUS_SUCCESS;
}

static NTSTATUS WdfDeviceCreateDeviceInterface_(PWDF_DRIVER_GLOBALS all, WDFDEVICE handle,
                                                const GUID *guid, PCUNICODE_STRING reference)
{
    (void)all;
    EXPECT(handle == (WDFDEVICE)(void *)&device && guid != NULL && reference == NULL);
    return STATUS_SUCCESS;
}

static VOID WdfControlFinishInitializing_(PWDF_DRIVER_GLOBALS all, WDFDEVICE handle)
{
    (void)all;
    EXPECT(handle == (WDFDEVICE)(void *)&device && device.queue.EvtIoDeviceControl != NULL);
}

static VOID WdfObjectDelete_(PWDF_DRIVER_GLOBALS all, WDFOBJECT handle)
{
    (void)all;
    EXPECT(handle == &device && device.there);
    device.attributes.EvtCleanupCallback(handle);
    free_context(&device.object);
    device.there = false;
    driver.DeviceObject = NULL;
}

static NTSTATUS WdfWaitLockCreate_(PWDF_DRIVER_GLOBALS all, PWDF_OBJECT_ATTRIBUTES attributes,
                                   WDFWAITLOCK *lock)
{
    (void)all;
    EXPECT(attributes->ParentObject == &device);
    *lock = (WDFWAITLOCK)(void *)&device.locked;
    return STATUS_SUCCESS;
}

static NTSTATUS WdfWaitLockAcquire_(PWDF_DRIVER_GLOBALS all, WDFWAITLOCK lock, PLONGLONG timeout)
{
    (void)all;
    EXPECT(lock == (WDFWAITLOCK)(void *)&device.locked && timeout == NULL && !device.locked);
    device.locked = true;
    return STATUS_SUCCESS;
}

static VOID WdfWaitLockRelease_(PWDF_DRIVER_GLOBALS all, WDFWAITLOCK lock)
{
    (void)all;
    EXPECT(lock == (WDFWAITLOCK)(void *)&device.locked && device.locked);
    device.locked = false;
}

static NTSTATUS WdfIoQueueCreate_(PWDF_DRIVER_GLOBALS all, WDFDEVICE handle,
                                  PWDF_IO_QUEUE_CONFIG config, PWDF_OBJECT_ATTRIBUTES attributes,
                                  WDFQUEUE *queue)
{
    (void)all;
    (void)attributes;
    EXPECT(config->DefaultQueue && config->DispatchType == WdfIoQueueDispatchSequential);
    device.queue = *config;
    *queue = (WDFQUEUE)handle;
    return STATUS_SUCCESS;
}

static WDFDEVICE WdfIoQueueGetDevice_(PWDF_DRIVER_GLOBALS all, WDFQUEUE queue)
{
    (void)all;
    return (WDFDEVICE)queue;
}

/* ---- Requests ------------------------------------------------------------------------------- */

static struct request *request_of(WDFREQUEST handle)
{
    struct request *request = (struct request *)(void *)handle;

    EXPECT(request->irp->completions == 0);
    return request;
}

static PIO_STACK_LOCATION stack_of(WDFREQUEST handle)
{
    return IoGetCurrentIrpStackLocation(request_of(handle)->irp);
}

static VOID WdfRequestCompleteWithInformation_(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle,
                                               NTSTATUS status, ULONG_PTR information)
{
    struct request *request = request_of(handle);

    (void)all;
    request->irp->IoStatus.Status = status;
    request->irp->IoStatus.Information = information;
    IoCompleteRequest(request->irp, IO_NO_INCREMENT);
}

static VOID WdfRequestComplete_(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle, NTSTATUS status)
{
    WdfRequestCompleteWithInformation_(all, handle, status, 0);
}

static VOID WdfRequestGetParameters_(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle,
                                     PWDF_REQUEST_PARAMETERS parameters)
{
    PIO_STACK_LOCATION stack = stack_of(handle);

    (void)all;
    EXPECT(parameters->Size == sizeof(*parameters));
    parameters->Type = WdfRequestTypeDeviceControl;
    parameters->Parameters.DeviceIoControl.OutputBufferLength =
        stack->Parameters.DeviceIoControl.OutputBufferLength;
    parameters->Parameters.DeviceIoControl.InputBufferLength =
        stack->Parameters.DeviceIoControl.InputBufferLength;
    parameters->Parameters.DeviceIoControl.IoControlCode =
        stack->Parameters.DeviceIoControl.IoControlCode;
}

static WDFFILEOBJECT WdfRequestGetFileObject_(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle)
{
    PFILE_OBJECT file = stack_of(handle)->FileObject;

    (void)all;
    return file != NULL ? (WDFFILEOBJECT)file->FsContext : NULL;
}

static KPROCESSOR_MODE WdfRequestGetRequestorMode_(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle)
{
    (void)all;
    return request_of(handle)->irp->RequestorMode;
}

static BOOLEAN WdfRequestIsFrom32BitProcess_(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle)
{
    (void)all;
    (void)handle;
    return FALSE;
}

static PIRP WdfRequestWdmGetIrp_(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle)
{
    (void)all;
    return request_of(handle)->irp;
}

/* An empty buffer is too small for everything. */
static NTSTATUS give(void *from, size_t size, size_t least, PVOID *buffer, size_t *length)
{
    if (size == 0 || size < least)
        return STATUS_BUFFER_TOO_SMALL;
    *buffer = from;
    if (length != NULL)
        *length = size;
    return STATUS_SUCCESS;
}

static ULONG method_of(WDFREQUEST handle)
{
    return METHOD_FROM_CTL_CODE(stack_of(handle)->Parameters.DeviceIoControl.IoControlCode);
}

static NTSTATUS WdfRequestRetrieveInputBuffer_(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle,
                                               size_t least, PVOID *buffer, size_t *length)
{
    (void)all;
    EXPECT(method_of(handle) != METHOD_NEITHER);
    return give(request_of(handle)->irp->AssociatedIrp.SystemBuffer,
                stack_of(handle)->Parameters.DeviceIoControl.InputBufferLength, least, buffer,
                length);
}

static NTSTATUS WdfRequestRetrieveOutputBuffer_(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle,
                                                size_t least, PVOID *buffer, size_t *length)
{
    (void)all;
    EXPECT(method_of(handle) == METHOD_BUFFERED);
    return give(request_of(handle)->irp->AssociatedIrp.SystemBuffer,
                stack_of(handle)->Parameters.DeviceIoControl.OutputBufferLength, least, buffer,
                length);
}

static NTSTATUS WdfRequestRetrieveOutputWdmMdl_(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle,
                                                PMDL *mdl)
{
    (void)all;
    *mdl = request_of(handle)->irp->MdlAddress;
    return *mdl != NULL ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL;
}

static NTSTATUS WdfRequestRetrieveUnsafeUserInputBuffer_(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle,
                                                         size_t least, PVOID *buffer,
                                                         size_t *length)
{
    (void)all;
    EXPECT(request_of(handle)->in_caller_context && method_of(handle) == METHOD_NEITHER);
    return give(stack_of(handle)->Parameters.DeviceIoControl.Type3InputBuffer,
                stack_of(handle)->Parameters.DeviceIoControl.InputBufferLength, least, buffer,
                length);
}

static NTSTATUS WdfRequestRetrieveUnsafeUserOutputBuffer_(PWDF_DRIVER_GLOBALS all,
                                                          WDFREQUEST handle, size_t least,
                                                          PVOID *buffer, size_t *length)
{
    (void)all;
    EXPECT(request_of(handle)->in_caller_context && method_of(handle) == METHOD_NEITHER);
    return give(request_of(handle)->irp->UserBuffer,
                stack_of(handle)->Parameters.DeviceIoControl.OutputBufferLength, least, buffer,
                length);
}

/* A memory object is the memory itself. */
static NTSTATUS WdfRequestProbeAndLockUserBufferForRead_(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle,
                                                         PVOID buffer, size_t size,
                                                         WDFMEMORY *memory)
{
    (void)all;
    EXPECT(request_of(handle)->in_caller_context && size > 0);
    *memory = (WDFMEMORY)buffer;
    return fault_in ? STATUS_ACCESS_VIOLATION : STATUS_SUCCESS;
}

static NTSTATUS WdfRequestProbeAndLockUserBufferForWrite_(PWDF_DRIVER_GLOBALS all,
                                                          WDFREQUEST handle, PVOID buffer,
                                                          size_t size, WDFMEMORY *memory)
{
    (void)all;
    EXPECT(request_of(handle)->in_caller_context && size > 0);
    *memory = (WDFMEMORY)buffer;
    return fault_probe ? STATUS_ACCESS_VIOLATION : STATUS_SUCCESS;
}

static PVOID WdfMemoryGetBuffer_(PWDF_DRIVER_GLOBALS all, WDFMEMORY memory, size_t *size)
{
    (void)all;
    EXPECT(size == NULL);
    return memory;
}

static void present(struct request *request)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(request->irp);

    request->in_caller_context = false;
    device.queue.EvtIoDeviceControl((WDFQUEUE)(void *)&device, (WDFREQUEST)(void *)request,
                                    stack->Parameters.DeviceIoControl.OutputBufferLength,
                                    stack->Parameters.DeviceIoControl.InputBufferLength,
                                    stack->Parameters.DeviceIoControl.IoControlCode);
}

static NTSTATUS WdfDeviceEnqueueRequest_(PWDF_DRIVER_GLOBALS all, WDFDEVICE handle,
                                         WDFREQUEST request)
{
    (void)all;
    (void)handle;
    EXPECT(request_of(request)->in_caller_context);
    if (device.purged)
        return STATUS_INVALID_DEVICE_REQUEST;
    present(request_of(request));
    return STATUS_SUCCESS;
}

/* ---- Opens ---------------------------------------------------------------------------------- */

static WDFDEVICE WdfFileObjectGetDevice_(PWDF_DRIVER_GLOBALS all, WDFFILEOBJECT file)
{
    (void)all;
    (void)file;
    return (WDFDEVICE)(void *)&device;
}

static PUNICODE_STRING WdfFileObjectGetFileName_(PWDF_DRIVER_GLOBALS all, WDFFILEOBJECT file)
{
    (void)all;
    return &((struct file *)(void *)file)->wdm->FileName;
}

static NTSTATUS end(struct request *request)
{
    EXPECT(request->irp->completions == 1);
    return request->irp->IoStatus.Status;
}

static NTSTATUS dispatch_create(PDEVICE_OBJECT device_object, PIRP irp)
{
    struct request request = {.irp = irp};
    struct file *file = malloc(sizeof(*file));

    (void)device_object;
    file->wdm = irp->stack.FileObject;
    if (give_context(&file->object, &device.file_attributes) == NULL) {
        WdfRequestComplete_(NULL, (WDFREQUEST)(void *)&request, STATUS_INSUFFICIENT_RESOURCES);
        free(file);
        return end(&request);
    }
    device.files.EvtDeviceFileCreate((WDFDEVICE)(void *)&device, (WDFREQUEST)(void *)&request,
                                     (WDFFILEOBJECT)(void *)file);
    if (NT_SUCCESS(irp->IoStatus.Status)) {
        file->wdm->FsContext = file;
    } else {
        free_context(&file->object);
        free(file);
    }
    return end(&request);
}

static NTSTATUS dispatch_cleanup(PDEVICE_OBJECT device_object, PIRP irp)
{
    struct request request = {.irp = irp};

    (void)device_object;
    device.files.EvtFileCleanup(irp->stack.FileObject->FsContext);
    WdfRequestComplete_(NULL, (WDFREQUEST)(void *)&request, STATUS_SUCCESS);
    return end(&request);
}

static NTSTATUS dispatch_close(PDEVICE_OBJECT device_object, PIRP irp)
{
    struct request request = {.irp = irp};
    struct file *file = irp->stack.FileObject->FsContext;

    (void)device_object;
    device.files.EvtFileClose((WDFFILEOBJECT)(void *)file);
    file->wdm->FsContext = NULL;
    free_context(&file->object);
    free(file);
    WdfRequestComplete_(NULL, (WDFREQUEST)(void *)&request, STATUS_SUCCESS);
    return end(&request);
}

/* The framework makes a request before the driver hears of it. */
static NTSTATUS dispatch_io(PDEVICE_OBJECT device_object, PIRP irp)
{
    struct request request = {.irp = irp, .in_caller_context = true};

    (void)device_object;
    request.object.type = device.request_attributes.ContextTypeInfo;
    request.object.context = request.context;
    EXPECT(request.object.type == NULL ||
           request.object.type->ContextSize <= sizeof(request.context));
    if (device.in_caller_context != NULL)
        device.in_caller_context((WDFDEVICE)(void *)&device, (WDFREQUEST)(void *)&request);
    else
        present(&request);
    if (device.request_attributes.EvtCleanupCallback != NULL)
        device.request_attributes.EvtCleanupCallback((WDFOBJECT)(void *)&request);
    return end(&request);
}

/* ---- The driver ----------------------------------------------------------------------------- */

static NTSTATUS WdfDriverCreate_(PWDF_DRIVER_GLOBALS all, PDRIVER_OBJECT wdm, PCUNICODE_STRING path,
                                 PWDF_OBJECT_ATTRIBUTES attributes, PWDF_DRIVER_CONFIG config,
                                 WDFDRIVER *handle)
{
    (void)all;
    (void)wdm;
    (void)path;
    (void)attributes;
    (void)config;
    (void)handle;
    EXPECT(false); /* the program is DriverEntry */
    return STATUS_INTERNAL_ERROR;
}

NTSTATUS start_driver(void)
{
    static const struct kgen_kmdf_interface *const interfaces[] = {&hidden_kmdf};
    NTSTATUS status;

    driver.MajorFunction[IRP_MJ_CREATE] = dispatch_create;
    driver.MajorFunction[IRP_MJ_CLEANUP] = dispatch_cleanup;
    driver.MajorFunction[IRP_MJ_CLOSE] = dispatch_close;
    driver.MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch_io;
#if defined(PNP)
    WDFDEVICE made;

    (void)interfaces;
    init_is_free = false;
    status = kgen_kmdf_add_device(INIT, &hidden_kmdf, &made);
    if (device.there && !NT_SUCCESS(status)) /* as the framework does after EvtDriverDeviceAdd */
        WdfObjectDelete_(NULL, &device);
    init_is_free = true;
    if (NT_SUCCESS(status))
        EXPECT(hidden_kmdf_device(made) != NULL);
#else
    status = kgen_kmdf_start(NULL, interfaces, 1);
    EXPECT(init_is_free);
#endif
    return status;
}

void stop_driver(void)
{
    WdfObjectDelete_(NULL, &device);
    kgen_kmdf_unload(NULL);
}

bool pull_out(void)
{
#if defined(PNP)
    device.purged = true;
    return true;
#else
    return false;
#endif
}

static WDF_DRIVER_GLOBALS globals;
PWDF_DRIVER_GLOBALS WdfDriverGlobals = &globals;

#define ENTRY(result, name, parameters, arguments) [name##TableIndex] = (WDFFUNC)name##_,
const WDFFUNC WdfFunctions[] = {WDF_METHODS(ENTRY)};
