/* The double of the framework, second part: requests and their buffers. */
#include "kmdf_lite.h"

/* ---- Requests ------------------------------------------------------------------------------- */

static struct request *request_of(WDFREQUEST handle)
{
    struct request *request = object_of(handle, REQUEST);

    if (request->completed)
        kgshim_violation("a request is used after it is completed", 0, (ULONG_PTR)handle);
    return request;
}

void complete(struct request *request, NTSTATUS status, ULONG_PTR information)
{
    request->completed = TRUE;
    request->status = status;
    request->irp->IoStatus.Status = status;
    request->irp->IoStatus.Information = information;
    IoCompleteRequest(request->irp, IO_NO_INCREMENT);
}

VOID NTAPI lite_WdfRequestCompleteWithInformation(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle,
                                                  NTSTATUS status, ULONG_PTR information)
{
    struct request *request = request_of(handle);

    (void)all;
    if (request->completed)
        return;
    if (request->in_caller_context && request->enqueued)
        kgshim_violation("a request is completed after it was enqueued", 0, (ULONG)status);
    complete(request, status, information);
}

VOID NTAPI lite_WdfRequestComplete(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle, NTSTATUS status)
{
    lite_WdfRequestCompleteWithInformation(all, handle, status, 0);
}

VOID NTAPI lite_WdfRequestGetParameters(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle,
                                        PWDF_REQUEST_PARAMETERS parameters)
{
    struct request *request = request_of(handle);
    IO_STACK_LOCATION *stack = request->stack;

    (void)all;
    (void)has_size(parameters->Size, sizeof(*parameters), "size of request parameters");
    parameters->MinorFunction = stack->MinorFunction;
    parameters->Type = (WDF_REQUEST_TYPE)stack->MajorFunction;
    if (stack->MajorFunction != IRP_MJ_DEVICE_CONTROL)
        return;
    parameters->Parameters.DeviceIoControl.OutputBufferLength =
        stack->Parameters.DeviceIoControl.OutputBufferLength;
    parameters->Parameters.DeviceIoControl.InputBufferLength =
        stack->Parameters.DeviceIoControl.InputBufferLength;
    parameters->Parameters.DeviceIoControl.IoControlCode =
        stack->Parameters.DeviceIoControl.IoControlCode;
    parameters->Parameters.DeviceIoControl.Type3InputBuffer =
        stack->Parameters.DeviceIoControl.Type3InputBuffer;
}

WDFFILEOBJECT NTAPI lite_WdfRequestGetFileObject(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle)
{
    FILE_OBJECT *file = request_of(handle)->stack->FileObject;

    (void)all;
    return file != NULL ? file->FsContext : NULL;
}

KPROCESSOR_MODE NTAPI lite_WdfRequestGetRequestorMode(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle)
{
    (void)all;
    return request_of(handle)->irp->RequestorMode;
}

BOOLEAN NTAPI lite_WdfRequestIsFrom32BitProcess(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle)
{
    (void)all;
    return IoIs32bitProcess(request_of(handle)->irp);
}

PIRP NTAPI lite_WdfRequestWdmGetIrp(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle)
{
    (void)all;
    return request_of(handle)->irp;
}

/* ---- Buffers -------------------------------------------------------------------------------- */

static ULONG method_of(const struct request *request)
{
    return request->stack->Parameters.DeviceIoControl.IoControlCode & 3;
}

static NTSTATUS give(void *from, size_t length, size_t least, PVOID *buffer, size_t *size)
{
    *buffer = NULL;
    if (size != NULL)
        *size = 0;
    if (length == 0 || length < least) /* an empty buffer is too small for everything */
        return STATUS_BUFFER_TOO_SMALL;
    *buffer = from;
    if (size != NULL)
        *size = length;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI lite_WdfRequestRetrieveInputBuffer(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle,
                                                  size_t least, PVOID *buffer, size_t *size)
{
    struct request *request = request_of(handle);

    (void)all;
    if (method_of(request) == METHOD_NEITHER)
        return STATUS_INVALID_DEVICE_REQUEST;
    return give(request->irp->AssociatedIrp.SystemBuffer,
                request->stack->Parameters.DeviceIoControl.InputBufferLength, least, buffer, size);
}

NTSTATUS NTAPI lite_WdfRequestRetrieveOutputBuffer(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle,
                                                   size_t least, PVOID *buffer, size_t *size)
{
    struct request *request = request_of(handle);
    void *from = request->irp->AssociatedIrp.SystemBuffer;

    (void)all;
    if (method_of(request) == METHOD_NEITHER)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (method_of(request) != METHOD_BUFFERED && request->irp->MdlAddress != NULL)
        from = MmGetSystemAddressForMdlSafe(request->irp->MdlAddress, NormalPagePriority);
    return give(from, request->stack->Parameters.DeviceIoControl.OutputBufferLength, least, buffer,
                size);
}

NTSTATUS NTAPI lite_WdfRequestRetrieveOutputWdmMdl(PWDF_DRIVER_GLOBALS all, WDFREQUEST handle,
                                                   PMDL *mdl)
{
    struct request *request = request_of(handle);

    (void)all;
    *mdl = NULL;
    if (method_of(request) == METHOD_NEITHER || method_of(request) == METHOD_BUFFERED)
        return STATUS_INVALID_DEVICE_REQUEST; /* the framework would make one of SystemBuffer */
    if (request->stack->Parameters.DeviceIoControl.OutputBufferLength == 0)
        return STATUS_BUFFER_TOO_SMALL;
    *mdl = request->irp->MdlAddress;
    return STATUS_SUCCESS;
}

static BOOLEAN in_caller_context(const struct request *request)
{
    if (!request->in_caller_context)
        kgshim_violation("the caller's memory is looked at outside of its context", 0, 0);
    return request->in_caller_context;
}

static BOOLEAN is_unsafe(const struct request *request)
{
    return in_caller_context(request) && method_of(request) == METHOD_NEITHER;
}

NTSTATUS NTAPI lite_WdfRequestRetrieveUnsafeUserInputBuffer(PWDF_DRIVER_GLOBALS all,
                                                            WDFREQUEST handle, size_t least,
                                                            PVOID *buffer, size_t *size)
{
    struct request *request = request_of(handle);

    (void)all;
    if (!is_unsafe(request))
        return STATUS_INVALID_DEVICE_REQUEST;
    return give(request->stack->Parameters.DeviceIoControl.Type3InputBuffer,
                request->stack->Parameters.DeviceIoControl.InputBufferLength, least, buffer, size);
}

NTSTATUS NTAPI lite_WdfRequestRetrieveUnsafeUserOutputBuffer(PWDF_DRIVER_GLOBALS all,
                                                             WDFREQUEST handle, size_t least,
                                                             PVOID *buffer, size_t *size)
{
    struct request *request = request_of(handle);

    (void)all;
    if (!is_unsafe(request))
        return STATUS_INVALID_DEVICE_REQUEST;
    return give(request->irp->UserBuffer,
                request->stack->Parameters.DeviceIoControl.OutputBufferLength, least, buffer, size);
}

/* An access that an SEH frame covers is one in a function that the compiler does not see into. */
static VOID(NTAPI *const volatile probe_read)(const VOID *, SIZE_T, ULONG) = ProbeForRead;
static VOID(NTAPI *const volatile probe_write)(PVOID, SIZE_T, ULONG) = ProbeForWrite;
static SIZE_T(NTAPI *const volatile compare)(const VOID *, const VOID *, SIZE_T) = RtlCompareMemory;

static NTSTATUS probe(const struct request *request, void *buffer, size_t length, BOOLEAN write)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (!in_caller_context(request))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (buffer == NULL)
        kgshim_violation("a null pointer is locked: the framework stops the machine", 0, 0);
    if (length == 0)
        return STATUS_INVALID_USER_BUFFER;
    __try {
        if (write)
            probe_write(buffer, length, 1);
        else
            probe_read(buffer, length, 1);
        (void)compare(buffer, buffer, length); /* as locking does, it touches every page */
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = STATUS_ACCESS_VIOLATION;
    }
    return status;
}

static NTSTATUS lock_memory(struct memory *memory, void *buffer, size_t length, WDFMEMORY *handle)
{
    memory->object.kind = MEMORY;
    memory->buffer = buffer;
    memory->size = length;
    *handle = (WDFMEMORY)memory;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI lite_WdfRequestProbeAndLockUserBufferForRead(PWDF_DRIVER_GLOBALS all,
                                                            WDFREQUEST handle, PVOID buffer,
                                                            size_t length, WDFMEMORY *memory)
{
    struct request *request = request_of(handle);
    NTSTATUS status = probe(request, buffer, length, FALSE);

    (void)all;
    return NT_SUCCESS(status) ? lock_memory(&request->in, buffer, length, memory) : status;
}

NTSTATUS NTAPI lite_WdfRequestProbeAndLockUserBufferForWrite(PWDF_DRIVER_GLOBALS all,
                                                             WDFREQUEST handle, PVOID buffer,
                                                             size_t length, WDFMEMORY *memory)
{
    struct request *request = request_of(handle);
    NTSTATUS status = probe(request, buffer, length, TRUE);

    (void)all;
    return NT_SUCCESS(status) ? lock_memory(&request->out, buffer, length, memory) : status;
}

PVOID NTAPI lite_WdfMemoryGetBuffer(PWDF_DRIVER_GLOBALS all, WDFMEMORY handle, size_t *size)
{
    struct memory *memory = object_of(handle, MEMORY);

    (void)all;
    if (size != NULL)
        *size = memory->size;
    return memory->buffer;
}
