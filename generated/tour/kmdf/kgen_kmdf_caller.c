/*
 * kgen_kmdf_caller.c - a request in the thread of its caller, before it is queued.
 *
 * It is there for METHOD_NEITHER, and for PnP devices, which may be gone.
 *
 * Copied as it is by kgen.
 */
#include "kgen_kmdf_contexts.h"

static EVT_WDF_IO_IN_CALLER_CONTEXT evt_io_in_caller_context;

/* Whatever is wrong with the caller's memory is one status. */
static NTSTATUS fault(NTSTATUS status)
{
    if (NT_SUCCESS(status) || status == STATUS_INSUFFICIENT_RESOURCES)
        return status;
    return STATUS_ACCESS_VIOLATION;
}

/* Checked for access and locked until the request is completed: no later access can fault. */
static NTSTATUS lock_input(WDFREQUEST handle, size_t size, WDFMEMORY *memory)
{
    PVOID buffer;
    NTSTATUS status;

    if (size == 0)
        return STATUS_SUCCESS;
    status = WdfRequestRetrieveUnsafeUserInputBuffer(handle, size, &buffer, NULL);
    if (NT_SUCCESS(status))
        status = WdfRequestProbeAndLockUserBufferForRead(handle, buffer, size, memory);
    return fault(status);
}

static NTSTATUS lock_output(WDFREQUEST handle, size_t size, WDFMEMORY *memory)
{
    PVOID buffer;
    NTSTATUS status;

    if (size == 0)
        return STATUS_SUCCESS;
    status = WdfRequestRetrieveUnsafeUserOutputBuffer(handle, size, &buffer, NULL);
    if (NT_SUCCESS(status))
        status = WdfRequestProbeAndLockUserBufferForWrite(handle, buffer, size, memory);
    return fault(status);
}

static NTSTATUS lock_user_memory(kgen_device *device, WDFREQUEST handle,
                                 const WDF_REQUEST_PARAMETERS *parameters)
{
    const struct kgen_lengths lengths =
        kgen_lengths_of(METHOD_NEITHER, parameters->Parameters.DeviceIoControl.InputBufferLength,
                        parameters->Parameters.DeviceIoControl.OutputBufferLength);
    kgen_locked *locked = kgen_locked_of(handle);
    NTSTATUS status;

    status = device->api->plan(parameters->Parameters.DeviceIoControl.IoControlCode, &lengths,
                               &locked->plan);
    if (NT_SUCCESS(status))
        status = lock_input(handle, locked->plan.capture, &locked->in);
    if (NT_SUCCESS(status))
        status = lock_output(handle, locked->plan.reply, &locked->out);
    return status;
}

/* One without a file object is refused later, like any other. */
static NTSTATUS prepare(kgen_device *device, WDFREQUEST handle)
{
    WDF_REQUEST_PARAMETERS parameters;
    ULONG method;

    if (!device->api->neither)
        return STATUS_SUCCESS;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(handle, &parameters);
    method = METHOD_FROM_CTL_CODE(parameters.Parameters.DeviceIoControl.IoControlCode);
    if (parameters.Type != WdfRequestTypeDeviceControl || method != METHOD_NEITHER ||
        WdfRequestGetFileObject(handle) == NULL)
        return STATUS_SUCCESS;
    return lock_user_memory(device, handle, &parameters);
}

/* Nobody but the framework stops the queue, and that only where a PnP device was removed. */
static NTSTATUS enqueue(WDFDEVICE device, WDFREQUEST handle)
{
    NTSTATUS status = WdfDeviceEnqueueRequest(device, handle);

    if (!NT_SUCCESS(status) && kgen_device_of(device)->api->interface_guid != NULL)
        return STATUS_DEVICE_REMOVED;
    return status;
}

/* Before a request is queued. */
static VOID NTAPI evt_io_in_caller_context(WDFDEVICE device, WDFREQUEST handle)
{
    NTSTATUS status = prepare(kgen_device_of(device), handle);

    if (NT_SUCCESS(status))
        status = enqueue(device, handle);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(handle, status);
}

void kgen_kmdf_initialise_callers(PWDFDEVICE_INIT init, const struct kgen_kmdf_interface *api)
{
    WDF_OBJECT_ATTRIBUTES attributes;

    if (api->neither) {
        WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, kgen_locked);
        WdfDeviceInitSetRequestAttributes(init, &attributes);
    }
    if (api->neither || api->interface_guid != NULL)
        WdfDeviceInitSetIoInCallerContextCallback(init, evt_io_in_caller_context);
}
