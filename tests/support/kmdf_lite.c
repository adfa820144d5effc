/*
 * kmdf_lite.c - a test double of the framework, for generated KMDF drivers in Wine: control devices, file objects, one
 * default queue, requests that end before their callback returns. Linked between the driver and the shim.
 *
 * What the documentation says that the framework refuses, this refuses; what it says that a driver must not do is a
 * violation, which fails the test. Neither parallel dispatch nor cancellation is here, nor the life of real objects.
 */
#include "kmdf_lite.h"

#include <wdmsec.h>

#define TAG 0x6C666477u /* "wdfl" */

static struct {
    struct object object;
    DRIVER_OBJECT *wdm;
    WDF_DRIVER_CONFIG config;
    struct device *devices;
} driver = {.object.kind = DRIVER};

static WDF_DRIVER_GLOBALS globals;
PWDF_DRIVER_GLOBALS WdfDriverGlobals = &globals;

/* ---- Objects -------------------------------------------------------------------------------- */

void *object_of(void *handle, enum kind kind)
{
    struct object *object = handle;

    if (object == NULL || object->kind != kind) {
        kgshim_violation("a handle is not of the kind that the method takes", kind,
                         (ULONG_PTR)handle);
        KeBugCheckEx(0x10D, 0, (ULONG_PTR)handle, 0, 0);
    }
    return object;
}

static void *allocate(size_t size)
{
    void *memory = ExAllocatePoolWithTag(NonPagedPool, size, TAG);

    if (memory != NULL)
        RtlZeroMemory(memory, size);
    return memory;
}

BOOLEAN has_size(ULONG size, size_t wanted, const char *what)
{
    if (size == wanted)
        return TRUE;
    kgshim_violation(what, size, wanted);
    return FALSE;
}

static size_t context_size(const WDF_OBJECT_ATTRIBUTES *attributes)
{
    if (attributes == NULL || attributes->ContextTypeInfo == NULL)
        return 0;
    if (attributes->ContextSizeOverride == 0)
        return attributes->ContextTypeInfo->ContextSize;
    if (attributes->ContextSizeOverride < attributes->ContextTypeInfo->ContextSize)
        kgshim_violation("a context is smaller than its type", 0, attributes->ContextSizeOverride);
    return attributes->ContextSizeOverride;
}

/* An object and its context in one zeroed block. */
static void *create_object(enum kind kind, size_t size, const WDF_OBJECT_ATTRIBUTES *attributes)
{
    size_t head = (size + 15) & ~(size_t)15;
    struct object *object;

    if (attributes != NULL &&
        !has_size(attributes->Size, sizeof(*attributes), "size of attributes"))
        return NULL;
    object = allocate(head + context_size(attributes));
    if (object == NULL)
        return NULL;
    object->kind = kind;
    if (attributes != NULL && attributes->ContextTypeInfo != NULL) {
        object->type = attributes->ContextTypeInfo;
        object->context = (UCHAR *)object + head;
    }
    return object;
}

static void free_object(struct object *object)
{
    object->kind = 0;
    ExFreePoolWithTag(object, TAG);
}

PVOID NTAPI lite_WdfObjectGetTypedContextWorker(PWDF_DRIVER_GLOBALS all, WDFOBJECT handle,
                                                PCWDF_OBJECT_CONTEXT_TYPE_INFO type)
{
    struct object *object = handle;

    (void)all;
    if (object == NULL || object->type != type) {
        kgshim_violation("an object has no context of this type", 0, (ULONG_PTR)handle);
        return NULL;
    }
    return object->context;
}

static void copy_text(UNICODE_STRING *to, WCHAR *room, const UNICODE_STRING *from)
{
    to->Buffer = room;
    to->Length = 0;
    to->MaximumLength = MOST_NAME * sizeof(WCHAR);
    if (from->Length > to->MaximumLength)
        kgshim_violation("a name is longer than the double takes", from->Length, 0);
    RtlCopyUnicodeString(to, from);
}

/* ---- Locks ---------------------------------------------------------------------------------- */

NTSTATUS NTAPI lite_WdfWaitLockCreate(PWDF_DRIVER_GLOBALS all, PWDF_OBJECT_ATTRIBUTES attributes,
                                      WDFWAITLOCK *handle)
{
    struct device *device = object_of(attributes->ParentObject, DEVICE);
    struct lock *lock = create_object(LOCK, sizeof(*lock), attributes);

    (void)all;
    if (lock == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeMutex(&lock->mutex, 0);
    lock->next = device->locks;
    device->locks = lock;
    *handle = (WDFWAITLOCK)lock;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI lite_WdfWaitLockAcquire(PWDF_DRIVER_GLOBALS all, WDFWAITLOCK handle,
                                       PLONGLONG timeout)
{
    struct lock *lock = object_of(handle, LOCK);

    (void)all;
    if (lock->held) /* there is one request thread */
        kgshim_violation("a wait lock is taken twice", 0, (ULONG_PTR)timeout);
    lock->held = TRUE;
    return KeWaitForSingleObject(&lock->mutex, Executive, KernelMode, FALSE, NULL);
}

VOID NTAPI lite_WdfWaitLockRelease(PWDF_DRIVER_GLOBALS all, WDFWAITLOCK handle)
{
    struct lock *lock = object_of(handle, LOCK);

    (void)all;
    if (!lock->held)
        kgshim_violation("a wait lock is released that is not held", 0, 0);
    lock->held = FALSE;
    (void)KeReleaseMutex(&lock->mutex, FALSE);
}

/* ---- Devices -------------------------------------------------------------------------------- */

PWDFDEVICE_INIT NTAPI lite_WdfControlDeviceInitAllocate(PWDF_DRIVER_GLOBALS all, WDFDRIVER handle,
                                                        const UNICODE_STRING *sddl)
{
    struct WDFDEVICE_INIT *init;

    (void)all;
    (void)object_of(handle, DRIVER);
    init = allocate(sizeof(*init));
    if (init == NULL)
        return NULL;
    copy_text(&init->sddl, init->sddl_text, sddl);
    init->type = FILE_DEVICE_UNKNOWN;
    return init;
}

VOID NTAPI lite_WdfDeviceInitFree(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init)
{
    (void)all;
    ExFreePoolWithTag(init, TAG);
}

VOID NTAPI lite_WdfDeviceInitSetDeviceType(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init,
                                           DEVICE_TYPE type)
{
    (void)all;
    init->type = type;
}

VOID NTAPI lite_WdfDeviceInitSetDeviceClass(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init,
                                            const GUID *class_guid)
{
    (void)all;
    init->class_guid = *class_guid;
}

VOID NTAPI lite_WdfDeviceInitSetExclusive(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init,
                                          BOOLEAN exclusive)
{
    (void)all;
    init->exclusive = exclusive;
}

NTSTATUS NTAPI lite_WdfDeviceInitAssignName(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init,
                                            PCUNICODE_STRING name)
{
    (void)all;
    copy_text(&init->name, init->name_text, name);
    return STATUS_SUCCESS;
}

VOID NTAPI lite_WdfDeviceInitSetFileObjectConfig(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init,
                                                 PWDF_FILEOBJECT_CONFIG config,
                                                 PWDF_OBJECT_ATTRIBUTES attributes)
{
    (void)all;
    (void)has_size(config->Size, sizeof(*config), "size of a file object's configuration");
    init->files = *config;
    init->file_attributes = *attributes;
}

VOID NTAPI lite_WdfDeviceInitSetRequestAttributes(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT init,
                                                  PWDF_OBJECT_ATTRIBUTES attributes)
{
    (void)all;
    init->request_attributes = *attributes;
}

VOID NTAPI lite_WdfDeviceInitSetIoInCallerContextCallback(PWDF_DRIVER_GLOBALS all,
                                                          PWDFDEVICE_INIT init,
                                                          PFN_WDF_IO_IN_CALLER_CONTEXT callback)
{
    (void)all;
    init->in_caller_context = callback;
}

static NTSTATUS create_unnamed_device(struct device *device, struct WDFDEVICE_INIT *init)
{
    NTSTATUS status;

    if (init->name.Length != 0 || init->exclusive)
        kgshim_violation("a PnP device has a name, or is exclusive", 0, 0);
    status = IoCreateDevice(driver.wdm, sizeof(device), NULL, init->type, FILE_DEVICE_SECURE_OPEN,
                            FALSE, &device->wdm);
    if (!NT_SUCCESS(status))
        return status;
    *(struct device **)device->wdm->DeviceExtension = device;
    device->wdm->Flags |= DO_BUFFERED_IO;
    device->lower = IoAttachDeviceToDeviceStack(device->wdm, init->pdo);
    if (device->lower != NULL)
        return STATUS_SUCCESS;
    IoDeleteDevice(device->wdm);
    return STATUS_DEVICE_REMOVED;
}

static NTSTATUS create_wdm_device(struct device *device, struct WDFDEVICE_INIT *init)
{
    NTSTATUS status;

    if (init->pdo != NULL)
        return create_unnamed_device(device, init);
    status = IoCreateDeviceSecure(driver.wdm, sizeof(device), &init->name, init->type,
                                  FILE_DEVICE_SECURE_OPEN, init->exclusive, &init->sddl,
                                  &init->class_guid, &device->wdm);

    if (NT_SUCCESS(status))
        *(struct device **)device->wdm->DeviceExtension = device;
    return status;
}

NTSTATUS NTAPI lite_WdfDeviceCreate(PWDF_DRIVER_GLOBALS all, PWDFDEVICE_INIT *init,
                                    PWDF_OBJECT_ATTRIBUTES attributes, WDFDEVICE *handle)
{
    struct device *device = create_object(DEVICE, sizeof(*device), attributes);
    NTSTATUS status;

    (void)all;
    if (device == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (attributes->ExecutionLevel != WdfExecutionLevelPassive)
        kgshim_violation("callbacks may run at DISPATCH_LEVEL", 0, attributes->ExecutionLevel);
    status = create_wdm_device(device, *init);
    if (!NT_SUCCESS(status)) {
        free_object(&device->object);
        return status;
    }
    device->init = *init;
    *init = NULL;
    device->cleanup = attributes->EvtCleanupCallback;
    device->next = driver.devices;
    driver.devices = device;
    *handle = (WDFDEVICE)device;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI lite_WdfDeviceCreateSymbolicLink(PWDF_DRIVER_GLOBALS all, WDFDEVICE handle,
                                                PCUNICODE_STRING link)
{
    struct device *device = object_of(handle, DEVICE);
    NTSTATUS status = IoCreateSymbolicLink((UNICODE_STRING *)link, &device->init->name);

    (void)all;
    if (NT_SUCCESS(status))
        copy_text(&device->link, device->link_text, link);
    return status;
}

VOID NTAPI lite_WdfControlFinishInitializing(PWDF_DRIVER_GLOBALS all, WDFDEVICE handle)
{
    struct device *device = object_of(handle, DEVICE);

    (void)all;
    if (device->queue.device == NULL || device->link.Length == 0)
        kgshim_violation("a device is finished before it has queue and link", 0, 0);
    device->wdm->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    device->finished = TRUE;
}

VOID NTAPI lite_WdfObjectDelete(PWDF_DRIVER_GLOBALS all, WDFOBJECT handle)
{
    struct device *device = object_of(handle, DEVICE);

    (void)all;
    if (device->init->pdo != NULL)
        kgshim_violation("a PnP device is deleted by its driver", 0, 0);
    destroy_device(device);
}

void destroy_device(struct device *device)
{
    struct device **at = &driver.devices;

    while (*at != device)
        at = &(*at)->next;
    *at = device->next;
    if (device->link.Length != 0)
        (void)IoDeleteSymbolicLink(&device->link);
    while (device->locks != NULL) {
        struct lock *lock = device->locks;

        device->locks = lock->next;
        free_object(&lock->object);
    }
    if (device->cleanup != NULL)
        device->cleanup((WDFDEVICE)device);
    if (device->published.Buffer != NULL)
        RtlFreeUnicodeString(&device->published);
    IoDeleteDevice(device->wdm);
    ExFreePoolWithTag(device->init, TAG);
    free_object(&device->object);
}

/* ---- The queue ------------------------------------------------------------------------------- */

NTSTATUS NTAPI lite_WdfIoQueueCreate(PWDF_DRIVER_GLOBALS all, WDFDEVICE handle,
                                     PWDF_IO_QUEUE_CONFIG config, PWDF_OBJECT_ATTRIBUTES attributes,
                                     WDFQUEUE *queue)
{
    struct device *device = object_of(handle, DEVICE);

    (void)all;
    if (!has_size(config->Size, sizeof(*config), "size of a queue's configuration"))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (!config->DefaultQueue || attributes != WDF_NO_OBJECT_ATTRIBUTES ||
        config->DispatchType == WdfIoQueueDispatchManual)
        return STATUS_NOT_IMPLEMENTED;
    device->queue.object.kind = QUEUE;
    device->queue.device = device;
    device->queue.config = *config;
    *queue = (WDFQUEUE)&device->queue;
    return STATUS_SUCCESS;
}

WDFDEVICE NTAPI lite_WdfIoQueueGetDevice(PWDF_DRIVER_GLOBALS all, WDFQUEUE handle)
{
    struct queue *queue = object_of(handle, QUEUE);

    (void)all;
    return (WDFDEVICE)queue->device;
}

static void present(struct request *request)
{
    WDF_IO_QUEUE_CONFIG *config = &request->device->queue.config;
    IO_STACK_LOCATION *stack = request->stack;

    request->enqueued = TRUE;
    request->in_caller_context = FALSE;
    if (stack->MajorFunction != IRP_MJ_DEVICE_CONTROL || config->EvtIoDeviceControl == NULL) {
        complete(request, STATUS_INVALID_DEVICE_REQUEST, 0);
        return;
    }
    config->EvtIoDeviceControl((WDFQUEUE)&request->device->queue, (WDFREQUEST)request,
                               stack->Parameters.DeviceIoControl.OutputBufferLength,
                               stack->Parameters.DeviceIoControl.InputBufferLength,
                               stack->Parameters.DeviceIoControl.IoControlCode);
}

NTSTATUS NTAPI lite_WdfDeviceEnqueueRequest(PWDF_DRIVER_GLOBALS all, WDFDEVICE handle,
                                            WDFREQUEST request)
{
    struct request *queued = object_of(request, REQUEST);

    (void)all;
    if (object_of(handle, DEVICE) != queued->device || queued->enqueued)
        kgshim_violation("a request is enqueued twice, or on another device", 0, 0);
    if (queued->device->purged)
        return STATUS_INVALID_DEVICE_STATE;
    present(queued);
    return STATUS_SUCCESS;
}

/* ---- Opens ---------------------------------------------------------------------------------- */

WDFDEVICE NTAPI lite_WdfFileObjectGetDevice(PWDF_DRIVER_GLOBALS all, WDFFILEOBJECT handle)
{
    struct file *file = object_of(handle, FILE);

    (void)all;
    return (WDFDEVICE)file->device;
}

PUNICODE_STRING NTAPI lite_WdfFileObjectGetFileName(PWDF_DRIVER_GLOBALS all, WDFFILEOBJECT handle)
{
    struct file *file = object_of(handle, FILE);

    (void)all;
    return &file->wdm->FileName;
}

/* ---- What the I/O manager calls -------------------------------------------------------------- */

static void begin(struct request *request, DEVICE_OBJECT *device, IRP *irp)
{
    RtlZeroMemory(request, sizeof(*request));
    request->object.kind = REQUEST;
    request->device = *(struct device **)device->DeviceExtension;
    request->irp = irp;
    request->stack = IoGetCurrentIrpStackLocation(irp);
    request->object.type = request->device->init->request_attributes.ContextTypeInfo;
    request->object.context = request->context;
    if (context_size(&request->device->init->request_attributes) > sizeof(request->context))
        kgshim_violation("the context of a request is larger than the double takes", 0, 0);
}

/* The double has no requests that outlive their callback. */
static NTSTATUS end(struct request *request)
{
    EVT_WDF_OBJECT_CONTEXT_CLEANUP *cleanup =
        request->device->init->request_attributes.EvtCleanupCallback;

    if (!request->completed) {
        kgshim_violation("a request is not completed", request->stack->MajorFunction, 0);
        complete(request, STATUS_UNSUCCESSFUL, 0);
    }
    if (cleanup != NULL)
        cleanup((WDFOBJECT)request);
    return request->status;
}

static NTSTATUS NTAPI dispatch_create(DEVICE_OBJECT *device_object, IRP *irp)
{
    struct request request;
    struct file *file;

    begin(&request, device_object, irp);
    if (!request.device->finished)
        kgshim_violation("a device is opened that is not finished", 0, 0);
    file = create_object(FILE, sizeof(*file), &request.device->init->file_attributes);
    if (file == NULL) {
        complete(&request, STATUS_INSUFFICIENT_RESOURCES, 0);
        return end(&request);
    }
    file->device = request.device;
    file->wdm = request.stack->FileObject;
    file->wdm->FsContext = file;
    request.device->init->files.EvtDeviceFileCreate((WDFDEVICE)request.device, (WDFREQUEST)&request,
                                                    (WDFFILEOBJECT)file);
    if (request.completed && !NT_SUCCESS(request.status))
        free_object(&file->object);
    else
        request.device->opens++;
    return end(&request);
}

static NTSTATUS NTAPI dispatch_cleanup(DEVICE_OBJECT *device_object, IRP *irp)
{
    struct request request;
    FILE_OBJECT *file;

    begin(&request, device_object, irp);
    file = request.stack->FileObject;
    request.device->init->files.EvtFileCleanup(file->FsContext);
    complete(&request, STATUS_SUCCESS, 0);
    return end(&request);
}

static NTSTATUS NTAPI dispatch_close(DEVICE_OBJECT *device_object, IRP *irp)
{
    struct request request;
    struct file *file;

    begin(&request, device_object, irp);
    file = request.stack->FileObject->FsContext;
    request.device->init->files.EvtFileClose((WDFFILEOBJECT)file);
    request.stack->FileObject->FsContext = NULL;
    free_object(&file->object);
    complete(&request, STATUS_SUCCESS, 0);
    if (--request.device->opens == 0 && request.device->removed)
        destroy_device(request.device);
    return end(&request);
}

static NTSTATUS NTAPI dispatch_io(DEVICE_OBJECT *device_object, IRP *irp)
{
    struct request request;
    PFN_WDF_IO_IN_CALLER_CONTEXT in_caller_context;

    begin(&request, device_object, irp);
    in_caller_context = request.device->init->in_caller_context;
    if (request.device->lower != NULL && request.stack->MajorFunction == IRP_MJ_DEVICE_CONTROL &&
        request.stack->Parameters.DeviceIoControl.IoControlCode == KGLITE_SURPRISE) {
        surprise(request.device);
        complete(&request, STATUS_SUCCESS, 0);
    } else if (in_caller_context != NULL) {
        request.in_caller_context = TRUE;
        in_caller_context((WDFDEVICE)request.device, (WDFREQUEST)&request);
    } else {
        present(&request);
    }
    return end(&request);
}

/* ---- The driver ----------------------------------------------------------------------------- */

static void NTAPI unload(DRIVER_OBJECT *driver_object)
{
    (void)driver_object;
    driver.config.EvtDriverUnload((WDFDRIVER)&driver);
    while (driver.devices != NULL)
        destroy_device(driver.devices);
}

NTSTATUS NTAPI lite_WdfDriverCreate(PWDF_DRIVER_GLOBALS all, PDRIVER_OBJECT driver_object,
                                    PCUNICODE_STRING registry_path,
                                    PWDF_OBJECT_ATTRIBUTES attributes, PWDF_DRIVER_CONFIG config,
                                    WDFDRIVER *handle)
{
    (void)registry_path;
    if (!has_size(config->Size, sizeof(*config), "size of a driver's configuration"))
        return STATUS_INFO_LENGTH_MISMATCH;
    if ((config->EvtDriverDeviceAdd == NULL) !=
        (config->DriverInitFlags == WdfDriverInitNonPnpDriver)) {
        kgshim_violation("a driver has either EvtDriverDeviceAdd or no PnP", 0, 0);
        return STATUS_INVALID_PARAMETER;
    }
    if (config->EvtDriverUnload == NULL || attributes != WDF_NO_OBJECT_ATTRIBUTES)
        return STATUS_NOT_IMPLEMENTED;
    driver.wdm = driver_object;
    driver.config = *config;
    driver_object->MajorFunction[IRP_MJ_CREATE] = dispatch_create;
    driver_object->MajorFunction[IRP_MJ_CLEANUP] = dispatch_cleanup;
    driver_object->MajorFunction[IRP_MJ_CLOSE] = dispatch_close;
    driver_object->MajorFunction[IRP_MJ_READ] = dispatch_io;
    driver_object->MajorFunction[IRP_MJ_WRITE] = dispatch_io;
    driver_object->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch_io;
    driver_object->DriverUnload = unload;
    all->Driver = (WDFDRIVER)&driver;
    if (handle != WDF_NO_HANDLE)
        *handle = all->Driver;
    if (config->EvtDriverDeviceAdd != NULL)
        serve_pnp(driver_object, config->EvtDriverDeviceAdd, all->Driver);
    return STATUS_SUCCESS;
}

#define LITE_ENTRY(result, name, parameters, arguments) [name##TableIndex] = (WDFFUNC)lite_##name,
const WDFFUNC WdfFunctions[] = {WDF_METHODS(LITE_ENTRY)};
