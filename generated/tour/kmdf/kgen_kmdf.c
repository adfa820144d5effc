/*
 * kgen_kmdf.c - the event callbacks of a KMDF driver, for every interface that it carries.
 *
 * Copied as it is by kgen. This file holds what a driver owes to the framework: control devices
 * and their security, the life of an open, buffers by transfer method, and that each request is
 * completed once. It holds no rule about a message; those are in the interfaces' cores.
 */
#include "kgen_kmdf.h"

/* Names that older kits lack. */
#if !defined(MdlMappingNoWrite)
#define MdlMappingNoWrite 0x80000000
#endif
#if !defined(MdlMappingNoExecute)
#define MdlMappingNoExecute 0x40000000
#endif

static EVT_WDF_OBJECT_CONTEXT_CLEANUP evt_device_cleanup;
static EVT_WDF_DEVICE_FILE_CREATE evt_file_create;
static EVT_WDF_FILE_CLEANUP evt_file_cleanup;
static EVT_WDF_FILE_CLOSE evt_file_close;
static EVT_WDF_IO_IN_CALLER_CONTEXT evt_io_in_caller_context;
static EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL evt_io_device_control;

/* Context of a device; the author's state follows. The framework zeroes contexts. */
typedef struct kgen_device {
    const struct kgen_kmdf_interface *api;
    WDFWAITLOCK one_at_a_time; /* of a serialised interface */
    BOOLEAN started;
    WDFDEVICE previous; /* made before this one by kgen_kmdf_start */
    void *state;
} kgen_device;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(kgen_device, device_of)

/* Context of a file object: one open of a device; the author's state follows. */
typedef struct kgen_open {
    IO_REMOVE_LOCK lock; /* held while a request of this open is served */
    void *state;
} kgen_open;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(kgen_open, open_of)

/* Context of a request, where the interface has METHOD_NEITHER: the caller's memory, locked. */
typedef struct kgen_locked {
    struct kgen_plan plan;
    WDFMEMORY in;
    WDFMEMORY out;
} kgen_locked;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(kgen_locked, locked_of)

/* Scratch memory up to this size is on the stack. */
#define LOCAL_SIZE 256

struct request {
    kgen_device *device;
    kgen_open *open;
    WDFREQUEST handle;
    ULONG code;
    ULONG method;
    size_t in_length;
    size_t out_length;
    struct kgen_plan plan;
    void *in; /* the caller's; read once */
    void *scratch;
    size_t scratch_size;
    void *out; /* where the reply is built */
    struct kgen_data data;
    size_t information;
    union {
        ULONGLONG aligned;
        UCHAR bytes[LOCAL_SIZE];
    } local;
};

/* State of the author begins where anything may begin. */
static size_t header_size(size_t size)
{
    return (size + MEMORY_ALLOCATION_ALIGNMENT - 1) & ~(size_t)(MEMORY_ALLOCATION_ALIGNMENT - 1);
}

/* Zeroed, tagged, never executable. ExAllocatePool2 is there from Windows 10 version 2004 on. */
static void *allocate(size_t size, ULONG tag)
{
#if defined(NTDDI_WIN10_VB) && NTDDI_VERSION >= NTDDI_WIN10_VB
    return ExAllocatePool2(POOL_FLAG_NON_PAGED, size, tag);
#else
    void *memory = ExAllocatePoolWithTag(NonPagedPoolNx, size, tag);

    if (memory != NULL)
        RtlZeroMemory(memory, size);
    return memory;
#endif
}

/*
 * A serialised interface: one handler or hook of a device at a time. The framework's own
 * synchronization scope is not there for callbacks of file objects.
 */
static void enter(kgen_device *device)
{
    if (device->api->serialised)
        (void)WdfWaitLockAcquire(device->one_at_a_time, NULL);
}

static void leave(kgen_device *device)
{
    if (device->api->serialised)
        WdfWaitLockRelease(device->one_at_a_time);
}

/* ---- Opens ---------------------------------------------------------------------------------- */

static NTSTATUS open_device(kgen_device *device, WDFFILEOBJECT file)
{
    kgen_open *open = open_of(file);
    NTSTATUS status;

    /* The device has no namespace. Accepting \Device\Name\more would also break `exclusive`. */
    if (WdfFileObjectGetFileName(file)->Length != 0)
        return STATUS_OBJECT_NAME_NOT_FOUND;

    open->state = (UCHAR *)open + header_size(sizeof(*open));
    IoInitializeRemoveLock(&open->lock, device->api->pool_tag, 0, 0);

    enter(device);
    status = device->api->open(device->state, open->state);
    leave(device);
    return status;
}

static VOID NTAPI evt_file_create(WDFDEVICE device, WDFREQUEST request, WDFFILEOBJECT file)
{
    WdfRequestComplete(request, open_device(device_of(device), file));
}

/* The last handle is closed. Requests of this open that still run come to their end first. */
static VOID NTAPI evt_file_cleanup(WDFFILEOBJECT file)
{
    kgen_device *device = device_of(WdfFileObjectGetDevice(file));
    kgen_open *open = open_of(file);

    if (NT_SUCCESS(IoAcquireRemoveLock(&open->lock, file)))
        IoReleaseRemoveLockAndWait(&open->lock, file);
    enter(device);
    device->api->cleanup(device->state, open->state);
    leave(device);
}

/* The framework frees the context after this. */
static VOID NTAPI evt_file_close(WDFFILEOBJECT file)
{
    kgen_device *device = device_of(WdfFileObjectGetDevice(file));

    enter(device);
    device->api->close(device->state, open_of(file)->state);
    leave(device);
}

/* ---- Buffers -------------------------------------------------------------------------------- */

/*
 * Called through a volatile pointer, so that no compiler sees that it is memcpy: it could then
 * read the caller's memory again instead of the copy.
 */
static void *(__cdecl *const volatile copy_once)(void *to, const void *from, size_t size) = memcpy;

static bool copy_from_caller(struct kgen_data *data, size_t offset, void *bytes, size_t size)
{
    copy_once(bytes, (const UCHAR *)data->memory + offset, size);
    return true;
}

static bool copy_to_caller(struct kgen_data *data, size_t offset, void *bytes, size_t size)
{
    copy_once((UCHAR *)data->memory + offset, bytes, size);
    return true;
}

static bool is_direct(ULONG method)
{
    return method == METHOD_IN_DIRECT || method == METHOD_OUT_DIRECT;
}

static NTSTATUS plan_request(const kgen_device *device, ULONG code, size_t in_length,
                             size_t out_length, struct kgen_plan *plan)
{
    struct kgen_lengths lengths = {in_length, 0, 0};

    if (is_direct(METHOD_FROM_CTL_CODE(code)))
        lengths.data = out_length;
    else
        lengths.out = out_length;
    return device->api->plan(code, &lengths, plan);
}

/* The second buffer of a direct method: the caller's own pages, locked by the I/O manager. */
static NTSTATUS map_data(struct request *request)
{
    ULONG priority = NormalPagePriority | MdlMappingNoExecute;
    struct kgen_data *data = &request->data;
    NTSTATUS status;
    PMDL mdl;

    data->size = request->out_length;
    data->copy = copy_to_caller;
    if (request->method == METHOD_IN_DIRECT) {
        priority |= MdlMappingNoWrite;
        data->copy = copy_from_caller;
    }
    if (data->size == 0)
        return STATUS_SUCCESS;
    status = WdfRequestRetrieveOutputWdmMdl(request->handle, &mdl);
    if (!NT_SUCCESS(status))
        return status;
    data->memory = MmGetSystemAddressForMdlSafe(mdl, priority);
    return data->memory != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* A reply of METHOD_NEITHER is built behind the scratch memory, then copied out. */
static NTSTATUS allocate_scratch(struct request *request)
{
    const struct kgen_plan *plan = &request->plan;

    request->scratch_size = plan->scratch;
    if (request->method == METHOD_NEITHER)
        request->scratch_size += plan->reply;
    request->scratch = request->local.bytes;
    if (request->scratch_size > sizeof(request->local))
        request->scratch = allocate(request->scratch_size, request->device->api->pool_tag);
    if (request->scratch == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (request->method == METHOD_NEITHER)
        request->out = (UCHAR *)request->scratch + plan->scratch;
    return STATUS_SUCCESS;
}

/* The buffers of METHOD_BUFFERED are one. An empty one is an error to the framework: not asked. */
static NTSTATUS fetch(struct request *request)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (request->method == METHOD_NEITHER) {
        const kgen_locked *locked = locked_of(request->handle);

        if (locked->in != NULL)
            request->in = WdfMemoryGetBuffer(locked->in, NULL);
        return STATUS_SUCCESS;
    }
    if (request->in_length > 0)
        status = WdfRequestRetrieveInputBuffer(request->handle, request->plan.capture, &request->in,
                                               NULL);
    if (NT_SUCCESS(status) && request->plan.reply > 0)
        status = WdfRequestRetrieveOutputBuffer(request->handle, request->plan.reply, &request->out,
                                                NULL);
    return status;
}

static NTSTATUS prepare(struct request *request)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (is_direct(request->method))
        status = map_data(request);
    if (NT_SUCCESS(status))
        status = allocate_scratch(request);
    if (NT_SUCCESS(status))
        status = fetch(request);
    /* Whatever is checked and used from here on is this copy, made once. */
    if (NT_SUCCESS(status) && request->plan.capture > 0)
        copy_once(request->scratch, request->in, request->plan.capture);
    return status;
}

static bool has_secret(const struct request *request)
{
    return request->plan.operation != NULL && request->plan.operation->secret;
}

/* The I/O manager frees its copy of the request as it is, also of one that is refused. */
static void wipe_system_buffer(struct request *request)
{
    void *buffer;
    size_t size;

    if (!has_secret(request) || request->method == METHOD_NEITHER || request->in_length == 0)
        return;
    if (NT_SUCCESS(WdfRequestRetrieveInputBuffer(request->handle, 0, &buffer, &size)))
        kgen_wipe(buffer, size);
}

/* The core wipes what it got. It did not get a capture that failed, nor see a reply copied out. */
static void free_scratch(struct request *request)
{
    if (request->scratch == NULL)
        return;
    if (has_secret(request) && request->method == METHOD_NEITHER)
        kgen_wipe(request->scratch, request->scratch_size);
    if (request->scratch != request->local.bytes)
        ExFreePoolWithTag(request->scratch, request->device->api->pool_tag);
}

/* ---- METHOD_NEITHER, in the thread of the caller --------------------------------------------- */

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
    kgen_locked *locked = locked_of(handle);
    NTSTATUS status;

    status = plan_request(device, parameters->Parameters.DeviceIoControl.IoControlCode,
                          parameters->Parameters.DeviceIoControl.InputBufferLength,
                          parameters->Parameters.DeviceIoControl.OutputBufferLength, &locked->plan);
    if (NT_SUCCESS(status))
        status = lock_input(handle, locked->plan.capture, &locked->in);
    if (NT_SUCCESS(status))
        status = lock_output(handle, locked->plan.reply, &locked->out);
    return status;
}

/* Before a request is queued. One without a file object is refused later, like any other. */
static VOID NTAPI evt_io_in_caller_context(WDFDEVICE device, WDFREQUEST handle)
{
    NTSTATUS status = STATUS_SUCCESS;
    WDF_REQUEST_PARAMETERS parameters;
    ULONG method;

    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(handle, &parameters);
    method = METHOD_FROM_CTL_CODE(parameters.Parameters.DeviceIoControl.IoControlCode);
    if (parameters.Type == WdfRequestTypeDeviceControl && method == METHOD_NEITHER &&
        WdfRequestGetFileObject(handle) != NULL)
        status = lock_user_memory(device_of(device), handle, &parameters);
    if (NT_SUCCESS(status))
        status = WdfDeviceEnqueueRequest(device, handle);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(handle, status);
}

/* ---- One request ---------------------------------------------------------------------------- */

static bool is_32_bit(WDFREQUEST handle)
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
    const struct kgen_kmdf_caller caller = {
        .device = device->state,
        .open = request->open->state,
        .from_kernel = WdfRequestGetRequestorMode(request->handle) == KernelMode,
        .is_32_bit = is_32_bit(request->handle),
        .request = request->handle,
    };
    struct kgen_data *data = is_direct(request->method) ? &request->data : NULL;
    NTSTATUS status;

    enter(device);
    status =
        device->api->run(&caller, &request->plan, request->scratch, request->out, data, written);
    leave(device);
    return status;
}

/* The core says how much of the reply goes back, and that nothing does on an error. */
static void reply(struct request *request, NTSTATUS status, size_t written)
{
    request->information = written;
    if (request->method == METHOD_OUT_DIRECT && NT_SUCCESS(status))
        request->information = request->data.done;
    if (request->method == METHOD_NEITHER && written > 0)
        copy_once(WdfMemoryGetBuffer(locked_of(request->handle)->out, NULL), request->out, written);
}

/* A request of METHOD_NEITHER was planned in the thread of its caller. */
static NTSTATUS plan(struct request *request)
{
    if (request->method == METHOD_NEITHER && request->device->api->neither) {
        request->plan = locked_of(request->handle)->plan;
        return STATUS_SUCCESS;
    }
    return plan_request(request->device, request->code, request->in_length, request->out_length,
                        &request->plan);
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
    }
    free_scratch(request);
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
    struct request request = {
        .device = device_of(WdfIoQueueGetDevice(queue)),
        .handle = handle,
        .code = code,
        .method = METHOD_FROM_CTL_CODE(code),
        .in_length = in_length,
        .out_length = out_length,
    };
    NTSTATUS status;

    if (file == NULL) {
        WdfRequestComplete(handle, STATUS_INVALID_HANDLE);
        return;
    }
    request.open = open_of(file);

    status = IoAcquireRemoveLock(&request.open->lock, handle);
    if (NT_SUCCESS(status)) {
        status = serve(&request);
        IoReleaseRemoveLock(&request.open->lock, handle);
    }
    WdfRequestCompleteWithInformation(handle, status, request.information);
}

/* ---- Devices -------------------------------------------------------------------------------- */

static void initialise_opens(PWDFDEVICE_INIT init, const struct kgen_kmdf_interface *api)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;

    WDF_FILEOBJECT_CONFIG_INIT(&config, evt_file_create, evt_file_close, evt_file_cleanup);
    config.FileObjectClass =
        (WDF_FILEOBJECT_CLASS)(WdfFileObjectWdfCanUseFsContext | WdfFileObjectCanBeOptional);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, kgen_open);
    attributes.ContextSizeOverride = header_size(sizeof(kgen_open)) + api->open_size;
    WdfDeviceInitSetFileObjectConfig(init, &config, &attributes);
}

static void initialise_requests(PWDFDEVICE_INIT init)
{
    WDF_OBJECT_ATTRIBUTES attributes;

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, kgen_locked);
    WdfDeviceInitSetRequestAttributes(init, &attributes);
    WdfDeviceInitSetIoInCallerContextCallback(init, evt_io_in_caller_context);
}

/* The framework sets FILE_DEVICE_SECURE_OPEN. */
static NTSTATUS initialise(PWDFDEVICE_INIT init, const struct kgen_kmdf_interface *api)
{
    UNICODE_STRING name;

    RtlInitUnicodeString(&name, api->device_name);
    WdfDeviceInitSetDeviceType(init, api->device_type);
    WdfDeviceInitSetDeviceClass(init, api->class_guid);
    WdfDeviceInitSetExclusive(init, api->exclusive);
    initialise_opens(init, api);
    if (api->neither)
        initialise_requests(init);
    return WdfDeviceInitAssignName(init, &name);
}

static NTSTATUS create_device_object(WDFDRIVER driver, const struct kgen_kmdf_interface *api,
                                     WDFDEVICE *device)
{
    UNICODE_STRING sddl;
    PWDFDEVICE_INIT init;
    WDF_OBJECT_ATTRIBUTES attributes;
    NTSTATUS status;

    RtlInitUnicodeString(&sddl, api->sddl);
    init = WdfControlDeviceInitAllocate(driver, &sddl);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;

    /* Handlers and hooks run at PASSIVE_LEVEL. */
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, kgen_device);
    attributes.ContextSizeOverride = header_size(sizeof(kgen_device)) + api->device_size;
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    attributes.EvtCleanupCallback = evt_device_cleanup;
    status = initialise(init, api);
    if (NT_SUCCESS(status))
        status = WdfDeviceCreate(&init, &attributes, device);
    if (!NT_SUCCESS(status))
        WdfDeviceInitFree(init);
    return status;
}

static NTSTATUS create_lock(WDFDEVICE device, WDFWAITLOCK *lock)
{
    WDF_OBJECT_ATTRIBUTES attributes;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    return WdfWaitLockCreate(&attributes, lock);
}

static NTSTATUS start_device(WDFDEVICE handle, const struct kgen_kmdf_interface *api)
{
    kgen_device *device = device_of(handle);
    NTSTATUS status = STATUS_SUCCESS;

    device->api = api;
    device->state = (UCHAR *)device + header_size(sizeof(*device));
    if (api->serialised)
        status = create_lock(handle, &device->one_at_a_time);
    if (NT_SUCCESS(status))
        status = api->start(device->state);
    device->started = NT_SUCCESS(status);
    return status;
}

/* Requests of a serialised interface wait in the queue, where they can be cancelled. */
static NTSTATUS create_queue(WDFDEVICE device, const struct kgen_kmdf_interface *api)
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

static NTSTATUS create_device(WDFDRIVER driver, const struct kgen_kmdf_interface *api,
                              WDFDEVICE *device)
{
    UNICODE_STRING link_name;
    NTSTATUS status;

    status = create_device_object(driver, api, device);
    if (!NT_SUCCESS(status))
        return status;
    RtlInitUnicodeString(&link_name, api->link_name);
    status = start_device(*device, api);
    if (NT_SUCCESS(status))
        status = create_queue(*device, api);
    if (NT_SUCCESS(status))
        status = WdfDeviceCreateSymbolicLink(*device, &link_name);
    if (!NT_SUCCESS(status))
        WdfObjectDelete(*device);
    return status;
}

/* At unload, or where a later step of DriverEntry failed. */
static VOID NTAPI evt_device_cleanup(WDFOBJECT handle)
{
    kgen_device *device = device_of(handle);

    if (device->started)
        device->api->stop(device->state);
}

/* The system unloads a driver only when none of its devices is open. */
VOID NTAPI kgen_kmdf_unload(WDFDRIVER driver)
{
    UNREFERENCED_PARAMETER(driver);
    kgen_trace_stop();
}

/* Nobody can open a device before all are there: WdfControlFinishInitializing comes last. */
NTSTATUS kgen_kmdf_start(WDFDRIVER driver, const struct kgen_kmdf_interface *const *interfaces,
                         size_t count)
{
    NTSTATUS status = STATUS_SUCCESS;
    WDFDEVICE last = NULL;
    WDFDEVICE device;
    size_t i;

    kgen_trace_start();
    for (i = 0; i < count && NT_SUCCESS(status); i++) {
        status = create_device(driver, interfaces[i], &device);
        if (NT_SUCCESS(status)) {
            device_of(device)->previous = last;
            last = device;
        }
    }
    for (; last != NULL; last = device) {
        device = device_of(last)->previous;
        if (NT_SUCCESS(status))
            WdfControlFinishInitializing(last);
        else
            WdfObjectDelete(last);
    }
    if (!NT_SUCCESS(status))
        kgen_trace_stop();
    return status;
}
