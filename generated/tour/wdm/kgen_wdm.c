/*
 * kgen_wdm.c - the dispatch routines of a WDM driver, for every interface that it carries.
 *
 * Copied as it is by kgen. This file holds what a driver owes to the I/O manager: devices and
 * their security, the life of an open, buffers by transfer method, and that each request is
 * completed once. It holds no rule about a message; those are in the interfaces' cores.
 */
#include "kgen_wdm.h"

#include <wdmsec.h>

/* For Microsoft's analysis tools, which know by these what is called when and at which IRQL. */
#if !defined(_Dispatch_type_)
#define _Dispatch_type_(major)
#endif
_Dispatch_type_(IRP_MJ_CREATE) static DRIVER_DISPATCH dispatch_create;
_Dispatch_type_(IRP_MJ_CLEANUP) static DRIVER_DISPATCH dispatch_cleanup;
_Dispatch_type_(IRP_MJ_CLOSE) static DRIVER_DISPATCH dispatch_close;
_Dispatch_type_(IRP_MJ_DEVICE_CONTROL) static DRIVER_DISPATCH dispatch_device_control;

/* The device extension. The author's state is elsewhere: a device object may have 64 KiB at most. */
struct device {
    const struct kgen_wdm_interface *api;
    KMUTEX one_at_a_time;
    void *state;
};

/* One open of a device, in FsContext; the author's state follows. */
struct open {
    IO_REMOVE_LOCK lock; /* held while a request of this open is served */
    void *state;
};

struct request {
    struct device *device;
    struct open *open;
    PIRP irp;
    PIO_STACK_LOCATION stack;
    struct kgen_buffers buffers;
    struct kgen_holds holds;
    ULONG_PTR information;
};

static NTSTATUS complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* A serialised interface: one handler or hook of a device at a time. */
static void enter(struct device *device)
{
    if (device->api->serialised)
        (void)KeWaitForSingleObject(&device->one_at_a_time, Executive, KernelMode, FALSE, NULL);
}

static void leave(struct device *device)
{
    if (device->api->serialised)
        (void)KeReleaseMutex(&device->one_at_a_time, FALSE);
}

/* ---- The life of an open -------------------------------------------------------------------- */

static NTSTATUS open_device(struct device *device, PFILE_OBJECT file)
{
    const struct kgen_wdm_interface *api = device->api;
    struct open *open;
    NTSTATUS status;

    /* The device has no namespace. Accepting \Device\Name\more would also break `exclusive`. */
    if (file->FileName.Length != 0)
        return STATUS_OBJECT_NAME_NOT_FOUND;

    open = kgen_allocate(kgen_header_size(sizeof(*open)) + api->open_size, api->pool_tag);
    if (open == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    open->state = (UCHAR *)open + kgen_header_size(sizeof(*open));
    IoInitializeRemoveLock(&open->lock, api->pool_tag, 0, 0);

    enter(device);
    status = api->open(device->state, open->state);
    leave(device);
    if (NT_SUCCESS(status))
        file->FsContext = open;
    else
        ExFreePoolWithTag(open, api->pool_tag);
    return status;
}

static NTSTATUS NTAPI dispatch_create(PDEVICE_OBJECT device_object, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;

    return complete(irp, open_device(device_object->DeviceExtension, file), 0);
}

/* The last handle is closed. Requests of this open that still run come to their end first. */
static NTSTATUS NTAPI dispatch_cleanup(PDEVICE_OBJECT device_object, PIRP irp)
{
    struct device *device = device_object->DeviceExtension;
    struct open *open = IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext;

    if (NT_SUCCESS(IoAcquireRemoveLock(&open->lock, irp)))
        IoReleaseRemoveLockAndWait(&open->lock, irp);
    enter(device);
    device->api->cleanup(device->state, open->state);
    leave(device);
    return complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI dispatch_close(PDEVICE_OBJECT device_object, PIRP irp)
{
    struct device *device = device_object->DeviceExtension;
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct open *open = file->FsContext;

    enter(device);
    device->api->close(device->state, open->state);
    leave(device);
    file->FsContext = NULL;
    ExFreePoolWithTag(open, device->api->pool_tag);
    return complete(irp, STATUS_SUCCESS, 0);
}

/* ---- Buffers -------------------------------------------------------------------------------- */

/* Whatever is checked and used from here on is this copy, made once. */
static NTSTATUS capture(struct request *request)
{
    SIZE_T size = request->buffers.plan.capture;

    if (size == 0)
        return STATUS_SUCCESS;
    if (request->buffers.method == METHOD_NEITHER)
        return request->device->api->user_memory->copy_in(
            request->buffers.scratch, request->stack->Parameters.DeviceIoControl.Type3InputBuffer,
            size, request->irp->RequestorMode);
    RtlCopyMemory(request->buffers.scratch, request->irp->AssociatedIrp.SystemBuffer, size);
    return STATUS_SUCCESS;
}

/* Before the handler has done anything: a reply that has nowhere to go would be lost. */
static NTSTATUS probe_reply(struct request *request)
{
    if (request->buffers.method != METHOD_NEITHER || request->buffers.plan.reply == 0)
        return STATUS_SUCCESS;
    return request->device->api->user_memory->probe_out(
        request->irp->UserBuffer, request->buffers.plan.reply, request->irp->RequestorMode);
}

static bool is_32_bit(PIRP irp)
{
#if defined(_WIN64)
    return IoIs32bitProcess(irp) != FALSE;
#else
    UNREFERENCED_PARAMETER(irp);
    return false;
#endif
}

static void *allocate_pointed(void *context, size_t size)
{
    struct request *request = context;

    return kgen_allocate_pointed(&request->buffers, size);
}

static bool fetch_pointed(void *context, uintptr_t address, void *to, size_t size)
{
    struct request *request = context;

    return NT_SUCCESS(request->device->api->user_memory->copy_in(to, (const void *)address, size,
                                                                 request->irp->RequestorMode));
}

static const struct kgen_pointer_host callers_memory = {allocate_pointed, fetch_pointed};

/* This is the thread of the caller, whose memory it is. */
static NTSTATUS take_pointers(struct request *request)
{
    const struct kgen_pointer_caller caller = {
        .is_32_bit = is_32_bit(request->irp),
        .host = &callers_memory,
        .context = request,
    };
    struct kgen_buffers *buffers = &request->buffers;

    if (!kgen_has_pointers(buffers))
        return STATUS_SUCCESS;
    return request->device->api->take_pointers(&buffers->plan, buffers->scratch, &caller,
                                               &buffers->pointed);
}

/* Last before the handler. This is the thread of the caller, whose handles they are. */
static NTSTATUS take_handles(struct request *request)
{
    const struct kgen_handle_caller caller = {
        .from_kernel = request->irp->RequestorMode == KernelMode,
        .is_32_bit = is_32_bit(request->irp),
    };
    struct kgen_buffers *buffers = &request->buffers;

    if (!kgen_has_handles(buffers))
        return STATUS_SUCCESS;
    return request->device->api->take_handles(&buffers->plan, buffers->scratch, &caller,
                                              buffers->handles);
}

static NTSTATUS prepare(struct request *request)
{
    struct kgen_buffers *buffers = &request->buffers;
    NTSTATUS status = STATUS_SUCCESS;

    buffers->out = request->irp->AssociatedIrp.SystemBuffer;
    if (kgen_is_direct(buffers->method))
        status = kgen_map_data(buffers, request->irp->MdlAddress,
                               request->stack->Parameters.DeviceIoControl.OutputBufferLength);
    if (NT_SUCCESS(status))
        status = kgen_allocate_scratch(buffers);
    if (NT_SUCCESS(status))
        status = capture(request);
    if (NT_SUCCESS(status))
        status = take_pointers(request);
    if (NT_SUCCESS(status))
        status = probe_reply(request);
    if (NT_SUCCESS(status))
        status = take_handles(request);
    return status;
}

/* The I/O manager frees its copy of the request as it is, also of one that is refused. */
static void wipe_system_buffer(struct request *request)
{
    ULONG size = request->stack->Parameters.DeviceIoControl.InputBufferLength;

    if (kgen_has_secret(&request->buffers) && request->buffers.method != METHOD_NEITHER && size > 0)
        kgen_wipe(request->irp->AssociatedIrp.SystemBuffer, size);
}

/* ---- One request ---------------------------------------------------------------------------- */

static NTSTATUS run(struct request *request, size_t *written)
{
    struct device *device = request->device;
    const struct kgen_caller caller = {
        .device = device->state,
        .open = request->open->state,
        .from_kernel = request->irp->RequestorMode == KernelMode,
        .is_32_bit = is_32_bit(request->irp),
        .handles = request->buffers.handles,
        .pointed = &request->buffers.pointed,
        .request = request->irp,
        .holds = &request->holds,
    };
    struct kgen_buffers *buffers = &request->buffers;
    struct kgen_data *data = kgen_is_direct(buffers->method) ? &buffers->data : NULL;
    NTSTATUS status;

    enter(device);
    status =
        device->api->run(&caller, &buffers->plan, buffers->scratch, buffers->out, data, written);
    leave(device);
    return status;
}

static NTSTATUS reply(struct request *request, NTSTATUS status, size_t written)
{
    const struct kgen_buffers *buffers = &request->buffers;

    if (buffers->method == METHOD_NEITHER && written > 0) {
        NTSTATUS copied = request->device->api->user_memory->copy_out(
            request->irp->UserBuffer, buffers->out, written, request->irp->RequestorMode);

        if (!NT_SUCCESS(copied))
            return copied;
    }
    request->information = kgen_information(buffers, status, written);
    return status;
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

static NTSTATUS serve(struct request *request)
{
    struct kgen_buffers *buffers = &request->buffers;
    const struct kgen_lengths lengths = kgen_lengths_of(
        buffers->method, request->stack->Parameters.DeviceIoControl.InputBufferLength,
        request->stack->Parameters.DeviceIoControl.OutputBufferLength, is_32_bit(request->irp));
    size_t written = 0;
    NTSTATUS status;

    status = request->device->api->plan(request->stack->Parameters.DeviceIoControl.IoControlCode,
                                        &lengths, &buffers->plan);
    if (NT_SUCCESS(status))
        status = prepare(request);
    wipe_system_buffer(request);
    if (NT_SUCCESS(status)) {
        NTSTATUS answer = run(request, &written);

        status = reply(request, answer, written);
        settle(request, status == answer);
    }
    kgen_free_scratch(buffers);
    return status;
}

/*
 * A driver that calls opens a handle and uses ZwDeviceIoControlFile. A request without a file object
 * belongs to no open, and one with that of IoGetDeviceObjectPointer to an open that is closed.
 */
static NTSTATUS NTAPI dispatch_device_control(PDEVICE_OBJECT device_object, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct device *device = device_object->DeviceExtension;
    struct request request = {.device = device, .irp = irp, .stack = stack};
    NTSTATUS status;

    NT_ASSERT(KeGetCurrentIrql() == PASSIVE_LEVEL);
    if (stack->FileObject == NULL || stack->FileObject->FsContext == NULL)
        return complete(irp, STATUS_INVALID_HANDLE, 0);
    request.open = stack->FileObject->FsContext;
    request.buffers.method = METHOD_FROM_CTL_CODE(stack->Parameters.DeviceIoControl.IoControlCode);
    request.buffers.pool_tag = device->api->pool_tag;

    status = IoAcquireRemoveLock(&request.open->lock, irp);
    if (!NT_SUCCESS(status))
        return complete(irp, status, 0);
    status = serve(&request);
    IoReleaseRemoveLock(&request.open->lock, irp);
    return complete(irp, status, request.information);
}

/* ---- Devices -------------------------------------------------------------------------------- */

static NTSTATUS create_device_object(PDRIVER_OBJECT driver, const struct kgen_wdm_interface *api,
                                     PDEVICE_OBJECT *device_object)
{
    UNICODE_STRING name;
    UNICODE_STRING sddl;

    RtlInitUnicodeString(&name, api->device_name);
    RtlInitUnicodeString(&sddl, api->sddl);
    return IoCreateDeviceSecure(driver, sizeof(struct device), &name, api->device_type,
                                FILE_DEVICE_SECURE_OPEN, api->exclusive, &sddl, api->class_guid,
                                device_object);
}

static NTSTATUS start_device(struct device *device, const struct kgen_wdm_interface *api)
{
    NTSTATUS status;

    device->api = api;
    KeInitializeMutex(&device->one_at_a_time, 0);
    device->state = kgen_allocate(api->device_size, api->pool_tag);
    if (device->state == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = api->start(device->state);
    if (!NT_SUCCESS(status))
        ExFreePoolWithTag(device->state, api->pool_tag);
    return status;
}

static void stop_device(struct device *device)
{
    device->api->stop(device->state);
    ExFreePoolWithTag(device->state, device->api->pool_tag);
}

static NTSTATUS publish(const struct kgen_wdm_interface *api)
{
    UNICODE_STRING device_name;
    UNICODE_STRING link_name;

    RtlInitUnicodeString(&device_name, api->device_name);
    RtlInitUnicodeString(&link_name, api->link_name);
    return IoCreateSymbolicLink(&link_name, &device_name);
}

/* Nobody can open the device before DriverEntry returns: it is still marked as initialising. */
static NTSTATUS create_device(PDRIVER_OBJECT driver, const struct kgen_wdm_interface *api)
{
    PDEVICE_OBJECT device_object;
    struct device *device;
    NTSTATUS status;

    status = create_device_object(driver, api, &device_object);
    if (!NT_SUCCESS(status))
        return status;
    device = device_object->DeviceExtension;
    status = start_device(device, api);
    if (NT_SUCCESS(status)) {
        status = publish(api);
        if (!NT_SUCCESS(status))
            stop_device(device);
    }
    if (!NT_SUCCESS(status))
        IoDeleteDevice(device_object);
    return status;
}

static void delete_device(PDEVICE_OBJECT device_object)
{
    struct device *device = device_object->DeviceExtension;
    UNICODE_STRING link_name;

    RtlInitUnicodeString(&link_name, device->api->link_name);
    (void)IoDeleteSymbolicLink(&link_name);
    stop_device(device);
    IoDeleteDevice(device_object);
}

/* The I/O manager unloads a driver only when none of its devices is open. */
void NTAPI kgen_wdm_unload(PDRIVER_OBJECT driver)
{
    while (driver->DeviceObject != NULL)
        delete_device(driver->DeviceObject);
    kgen_trace_stop();
}

NTSTATUS kgen_wdm_start(PDRIVER_OBJECT driver, const struct kgen_wdm_interface *const *interfaces,
                        size_t count)
{
    size_t i;

    driver->MajorFunction[IRP_MJ_CREATE] = dispatch_create;
    driver->MajorFunction[IRP_MJ_CLEANUP] = dispatch_cleanup;
    driver->MajorFunction[IRP_MJ_CLOSE] = dispatch_close;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch_device_control;
    driver->DriverUnload = kgen_wdm_unload;
    kgen_trace_start();

    for (i = 0; i < count; i++) {
        NTSTATUS status = create_device(driver, interfaces[i]);

        if (!NT_SUCCESS(status)) {
            kgen_wdm_unload(driver);
            return status;
        }
    }
    return STATUS_SUCCESS;
}
