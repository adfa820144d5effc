/*
 * kgen_kmdf_request.c - one request: its buffers by transfer method, and that it is completed once.
 *
 * Copied as it is by kgen. It holds no rule about a message; those are in the interfaces' cores.
 */
#include "kgen_kmdf_contexts.h"

static EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL evt_io_device_control;

struct request {
    kgen_device *device;
    kgen_open *open;
    WDFREQUEST handle;
    ULONG code;
    size_t in_length;
    size_t out_length;
    struct kgen_buffers *buffers;
    struct kgen_holds holds;
    size_t information;
};

/* The second buffer of a direct method. An empty one has no MDL: not asked. */
static NTSTATUS map_data(struct request *request)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = NULL;

    if (request->out_length > 0)
        status = WdfRequestRetrieveOutputWdmMdl(request->handle, &mdl);
    if (NT_SUCCESS(status))
        status = kgen_map_data(request->buffers, mdl, request->out_length);
    return status;
}

/*
 * Whatever is checked and used from here on is this copy, made once. An empty buffer is an error to
 * the framework: not asked. `locked` is the caller's memory, of METHOD_NEITHER.
 */
NTSTATUS kgen_kmdf_capture(WDFREQUEST handle, WDFMEMORY locked, struct kgen_buffers *buffers)
{
    size_t size = buffers->plan.capture;
    NTSTATUS status = kgen_allocate_scratch(buffers);
    void *in = NULL;

    if (!NT_SUCCESS(status) || size == 0)
        return status;
    if (buffers->method == METHOD_NEITHER)
        in = WdfMemoryGetBuffer(locked, NULL);
    else
        status = WdfRequestRetrieveInputBuffer(handle, size, &in, NULL);
    if (NT_SUCCESS(status))
        kgen_copy_once(buffers->scratch, in, size);
    return status;
}

/* The buffers of METHOD_BUFFERED are one: the request was captured before. */
static NTSTATUS fetch_output(struct request *request)
{
    struct kgen_buffers *buffers = request->buffers;

    if (buffers->method == METHOD_NEITHER || buffers->plan.reply == 0)
        return STATUS_SUCCESS;
    return WdfRequestRetrieveOutputBuffer(request->handle, buffers->plan.reply, &buffers->out,
                                          NULL);
}

static NTSTATUS prepare(struct request *request)
{
    struct kgen_buffers *buffers = request->buffers;
    NTSTATUS status = STATUS_SUCCESS;

    if (kgen_is_direct(buffers->method))
        status = map_data(request);
    if (NT_SUCCESS(status) && buffers->scratch == NULL)
        status = kgen_kmdf_capture(request->handle, NULL, buffers);
    if (NT_SUCCESS(status))
        status = fetch_output(request);
    return status;
}

/* The I/O manager frees its copy of the request as it is, also of one that is refused. */
static void wipe_system_buffer(struct request *request)
{
    const struct kgen_buffers *buffers = request->buffers;
    void *memory;
    size_t size;

    if (!kgen_has_secret(buffers) || buffers->method == METHOD_NEITHER || request->in_length == 0)
        return;
    if (NT_SUCCESS(WdfRequestRetrieveInputBuffer(request->handle, 0, &memory, &size)))
        kgen_wipe(memory, size);
}

bool kgen_kmdf_is_32_bit(WDFREQUEST handle)
{
#if defined(_WIN64)
    return WdfRequestIsFrom32BitProcess(handle) != FALSE;
#else
    UNREFERENCED_PARAMETER(handle);
    return false;
#endif
}

static NTSTATUS run(struct request *request, size_t *written)
{
    kgen_device *device = request->device;
    const struct kgen_caller caller = {
        .device = device->state,
        .open = request->open->state,
        .from_kernel = WdfRequestGetRequestorMode(request->handle) == KernelMode,
        .is_32_bit = kgen_kmdf_is_32_bit(request->handle),
        .handles = request->buffers->handles,
        .pointed = &request->buffers->pointed,
        .request = request->handle,
        .holds = &request->holds,
    };
    struct kgen_buffers *buffers = request->buffers;
    struct kgen_data *data = kgen_is_direct(buffers->method) ? &buffers->data : NULL;
    NTSTATUS status;

    kgen_kmdf_enter(device);
    status =
        device->api->run(&caller, &buffers->plan, buffers->scratch, buffers->out, data, written);
    kgen_kmdf_leave(device);
    return status;
}

static void reply(struct request *request, NTSTATUS status, size_t written)
{
    const struct kgen_buffers *buffers = request->buffers;

    request->information = kgen_information(buffers, status, written);
    if (buffers->method == METHOD_NEITHER && written > 0)
        kgen_copy_once(WdfMemoryGetBuffer(kgen_taken_of(request->handle)->out, NULL), buffers->out,
                       written);
}

/* What was made is the caller's now, what was given up is not. The reply's memory is locked. */
static void settle(struct request *request)
{
    if (request->holds.count == 0)
        return;
    kgen_kmdf_enter(request->device);
    kgen_settle(&request->holds, true);
    kgen_kmdf_leave(request->device);
}

/* Where that was to be done in the thread of the caller, it was. */
static NTSTATUS plan(struct request *request)
{
    struct kgen_buffers *buffers = request->buffers;
    struct kgen_lengths lengths;

    if (kgen_kmdf_needs_caller(request->device->api))
        return kgen_taken_of(request->handle)->status;
    lengths = kgen_lengths_of(buffers->method, request->in_length, request->out_length,
                              kgen_kmdf_is_32_bit(request->handle));
    return request->device->api->plan(request->code, &lengths, &buffers->plan);
}

static NTSTATUS serve(struct request *request)
{
    size_t written = 0;
    NTSTATUS status;

    status = plan(request);
    if (NT_SUCCESS(status))
        status = prepare(request);
    wipe_system_buffer(request);
    if (NT_SUCCESS(status)) {
        status = run(request, &written);
        reply(request, status, written);
        settle(request);
    }
    kgen_free_scratch(request->buffers);
    return status;
}

/*
 * A driver that calls opens a handle and uses ZwDeviceIoControlFile. A request without a file object
 * belongs to no open, and one with that of IoGetDeviceObjectPointer to an open that is closed.
 */
static VOID NTAPI evt_io_device_control(WDFQUEUE queue, WDFREQUEST handle, size_t out_length,
                                        size_t in_length, ULONG code)
{
    WDFFILEOBJECT file = WdfRequestGetFileObject(handle);
    struct kgen_buffers buffers = {.method = METHOD_FROM_CTL_CODE(code)};
    struct request request = {
        .device = kgen_device_of(WdfIoQueueGetDevice(queue)),
        .handle = handle,
        .code = code,
        .in_length = in_length,
        .out_length = out_length,
    };
    NTSTATUS status;

    if (file == NULL) {
        WdfRequestComplete(handle, STATUS_INVALID_HANDLE);
        return;
    }
    request.open = kgen_open_of(file);
    buffers.pool_tag = request.device->api->pool_tag;
    request.buffers = &buffers;
    if (kgen_kmdf_needs_caller(request.device->api))
        request.buffers = &kgen_taken_of(handle)->buffers;

    status = IoAcquireRemoveLock(&request.open->lock, handle);
    if (NT_SUCCESS(status)) {
        status = serve(&request);
        IoReleaseRemoveLock(&request.open->lock, handle);
    }
    WdfRequestCompleteWithInformation(handle, status, request.information);
}

/* Requests of a serialised interface wait in the queue, where they can be cancelled. */
NTSTATUS kgen_kmdf_create_queue(WDFDEVICE device, const struct kgen_kmdf_interface *api)
{
    WDF_IO_QUEUE_DISPATCH_TYPE type = WdfIoQueueDispatchParallel;
    WDF_IO_QUEUE_CONFIG config;
    WDFQUEUE queue;

    if (api->serialised)
        type = WdfIoQueueDispatchSequential;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, type);
    config.EvtIoDeviceControl = evt_io_device_control;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, &queue);
}
