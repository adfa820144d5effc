/*
 * kgen_kmdf_caller.c - a request in the thread of its caller, before it is queued.
 *
 * It is there for METHOD_NEITHER, for handles and pointers, and for PnP devices, which may be gone.
 *
 * Copied as it is by kgen.
 */
#include "kgen_kmdf_contexts.h"

static EVT_WDF_IO_IN_CALLER_CONTEXT evt_io_in_caller_context;
static EVT_WDF_OBJECT_CONTEXT_CLEANUP evt_request_cleanup;

bool kgen_kmdf_needs_caller(const struct kgen_kmdf_interface *api)
{
    return api->neither || api->take_handles != NULL || api->take_pointers != NULL;
}

/* Whatever is wrong with the caller's memory is one status. */
static NTSTATUS fault(NTSTATUS status)
{
    if (NT_SUCCESS(status) || status == STATUS_INSUFFICIENT_RESOURCES)
        return status;
    return STATUS_ACCESS_VIOLATION;
}

/*
 * Checked for access and locked until the request is completed: no later access can fault. The
 * framework stops the machine for a null pointer, and the caller may well have sent one.
 */
static NTSTATUS lock_for_read(WDFREQUEST handle, PVOID buffer, size_t size, WDFMEMORY *memory)
{
    if (buffer == NULL)
        return STATUS_ACCESS_VIOLATION;
    return fault(WdfRequestProbeAndLockUserBufferForRead(handle, buffer, size, memory));
}

static NTSTATUS lock_for_write(WDFREQUEST handle, PVOID buffer, size_t size, WDFMEMORY *memory)
{
    if (buffer == NULL)
        return STATUS_ACCESS_VIOLATION;
    return fault(WdfRequestProbeAndLockUserBufferForWrite(handle, buffer, size, memory));
}

static NTSTATUS lock_input(WDFREQUEST handle, size_t size, WDFMEMORY *memory)
{
    PVOID buffer;
    NTSTATUS status;

    if (size == 0)
        return STATUS_SUCCESS;
    status = WdfRequestRetrieveUnsafeUserInputBuffer(handle, size, &buffer, NULL);
    return NT_SUCCESS(status) ? lock_for_read(handle, buffer, size, memory) : fault(status);
}

static NTSTATUS lock_output(WDFREQUEST handle, size_t size, WDFMEMORY *memory)
{
    PVOID buffer;
    NTSTATUS status;

    if (size == 0)
        return STATUS_SUCCESS;
    status = WdfRequestRetrieveUnsafeUserOutputBuffer(handle, size, &buffer, NULL);
    return NT_SUCCESS(status) ? lock_for_write(handle, buffer, size, memory) : fault(status);
}

static NTSTATUS lock_user_memory(WDFREQUEST handle, kgen_taken *taken)
{
    NTSTATUS status = lock_input(handle, taken->buffers.plan.capture, &taken->in);

    if (NT_SUCCESS(status))
        status = lock_output(handle, taken->buffers.plan.reply, &taken->out);
    return status;
}

/* Who asks, while what a request points to is captured. */
struct caller {
    WDFREQUEST handle;
    struct kgen_buffers *buffers;
};

static void *allocate_pointed(void *context, size_t size)
{
    struct caller *caller = context;

    return kgen_allocate_pointed(caller->buffers, size);
}

static bool fetch_pointed(void *context, uintptr_t address, void *to, size_t size)
{
    struct caller *caller = context;
    WDFMEMORY locked;

    if (!NT_SUCCESS(lock_for_read(caller->handle, (PVOID)address, size, &locked)))
        return false;
    kgen_copy_once(to, WdfMemoryGetBuffer(locked, NULL), size);
    return true;
}

static const struct kgen_pointer_host callers_memory = {allocate_pointed, fetch_pointed};

static NTSTATUS take_pointers(const kgen_device *device, WDFREQUEST handle,
                              struct kgen_buffers *buffers)
{
    struct caller asks = {handle, buffers};
    const struct kgen_pointer_caller caller = {
        .is_32_bit = kgen_kmdf_is_32_bit(handle),
        .host = &callers_memory,
        .context = &asks,
    };

    if (!kgen_has_pointers(buffers))
        return STATUS_SUCCESS;
    return device->api->take_pointers(&buffers->plan, buffers->scratch, &caller, &buffers->pointed);
}

static NTSTATUS take_handles(const kgen_device *device, WDFREQUEST handle,
                             struct kgen_buffers *buffers)
{
    const struct kgen_handle_caller caller = {
        .from_kernel = WdfRequestGetRequestorMode(handle) == KernelMode,
        .is_32_bit = kgen_kmdf_is_32_bit(handle),
    };

    if (!kgen_has_handles(buffers))
        return STATUS_SUCCESS;
    return device->api->take_handles(&buffers->plan, buffers->scratch, &caller, buffers->handles);
}

static NTSTATUS take(const kgen_device *device, WDFREQUEST handle,
                     const WDF_REQUEST_PARAMETERS *parameters)
{
    ULONG code = parameters->Parameters.DeviceIoControl.IoControlCode;
    ULONG method = METHOD_FROM_CTL_CODE(code);
    const struct kgen_lengths lengths = kgen_lengths_of(
        method, parameters->Parameters.DeviceIoControl.InputBufferLength,
        parameters->Parameters.DeviceIoControl.OutputBufferLength, kgen_kmdf_is_32_bit(handle));
    kgen_taken *taken = kgen_taken_of(handle);
    NTSTATUS status;

    taken->buffers.method = method;
    taken->buffers.pool_tag = device->api->pool_tag;
    status = device->api->plan(code, &lengths, &taken->buffers.plan);
    if (NT_SUCCESS(status) && method == METHOD_NEITHER)
        status = lock_user_memory(handle, taken);
    if (NT_SUCCESS(status))
        status = kgen_kmdf_capture(handle, taken->in, &taken->buffers);
    if (NT_SUCCESS(status))
        status = take_pointers(device, handle, &taken->buffers);
    if (NT_SUCCESS(status))
        status = take_handles(device, handle, &taken->buffers);
    return status;
}

/* What is wrong with a request is answered where every request is completed. */
static void prepare(const kgen_device *device, WDFREQUEST handle)
{
    WDF_REQUEST_PARAMETERS parameters;

    if (!kgen_kmdf_needs_caller(device->api))
        return;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(handle, &parameters);
    if (parameters.Type == WdfRequestTypeDeviceControl && WdfRequestGetFileObject(handle) != NULL)
        kgen_taken_of(handle)->status = take(device, handle, &parameters);
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
    NTSTATUS status;

    prepare(kgen_device_of(device), handle);
    status = enqueue(device, handle);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(handle, status);
}

/* A request that is cancelled in the queue never comes to be served. */
static VOID NTAPI evt_request_cleanup(WDFOBJECT handle)
{
    kgen_free_scratch(&kgen_taken_of(handle)->buffers);
}

void kgen_kmdf_initialise_callers(PWDFDEVICE_INIT init, const struct kgen_kmdf_interface *api)
{
    WDF_OBJECT_ATTRIBUTES attributes;

    if (kgen_kmdf_needs_caller(api)) {
        WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, kgen_taken);
        attributes.EvtCleanupCallback = evt_request_cleanup;
        WdfDeviceInitSetRequestAttributes(init, &attributes);
    }
    if (kgen_kmdf_needs_caller(api) || api->interface_guid != NULL)
        WdfDeviceInitSetIoInCallerContextCallback(init, evt_io_in_caller_context);
}
