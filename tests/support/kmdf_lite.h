/*
 * What the parts of the double of the framework share: kmdf_lite.c has devices and opens, kmdf_lite_pnp.c what Plug and
 * Play asks of a device, kmdf_lite_request.c requests.
 */
#ifndef KMDF_LITE_H
#define KMDF_LITE_H

#include <ntddk.h>
#include <wdf.h>

#define MOST_NAME    128u
#define MOST_CONTEXT 1024u

/* In wine_verify.c. */
void kgshim_violation(const char *what, ULONG code, ULONG_PTR value);

enum kind {
    DRIVER = 0x77646601,
    DEVICE,
    QUEUE,
    REQUEST,
    FILE,
    MEMORY,
    LOCK
};

/* What every handle points to. */
struct object {
    enum kind kind;
    const WDF_OBJECT_CONTEXT_TYPE_INFO *type; /* of the context, or NULL */
    void *context;
};

struct WDFDEVICE_INIT {
    UNICODE_STRING sddl;
    UNICODE_STRING name;
    WCHAR sddl_text[MOST_NAME];
    WCHAR name_text[MOST_NAME];
    DEVICE_TYPE type;
    BOOLEAN exclusive;
    GUID class_guid;
    WDF_FILEOBJECT_CONFIG files;
    WDF_OBJECT_ATTRIBUTES file_attributes;
    WDF_OBJECT_ATTRIBUTES request_attributes;
    PFN_WDF_IO_IN_CALLER_CONTEXT in_caller_context;
    DEVICE_OBJECT *pdo; /* of the bus driver; NULL for a control device */
};

struct queue {
    struct object object;
    struct device *device;
    WDF_IO_QUEUE_CONFIG config;
};

struct device {
    struct object object;
    struct device *next;
    DEVICE_OBJECT *wdm;
    struct WDFDEVICE_INIT *init; /* kept: what it says holds for the device's life */
    EVT_WDF_OBJECT_CONTEXT_CLEANUP *cleanup;
    BOOLEAN finished;
    UNICODE_STRING link;
    WCHAR link_text[MOST_NAME];
    struct queue queue;
    struct lock *locks;
    ULONG opens;
    DEVICE_OBJECT *lower;     /* of a PnP device, and so is the rest */
    UNICODE_STRING published; /* its link, while it is registered */
    BOOLEAN purged;           /* the queue takes nothing more */
    BOOLEAN removed;          /* goes with its last open */
};

struct lock {
    struct object object;
    struct lock *next;
    KMUTEX mutex;
    BOOLEAN held;
};

struct file {
    struct object object;
    struct device *device;
    FILE_OBJECT *wdm;
};

struct memory {
    struct object object;
    void *buffer;
    size_t size;
};

struct request {
    struct object object;
    struct device *device;
    IRP *irp;
    IO_STACK_LOCATION *stack;
    BOOLEAN in_caller_context;
    BOOLEAN enqueued;
    BOOLEAN completed;
    NTSTATUS status;
    struct memory in;
    struct memory out;
    ULONGLONG context[MOST_CONTEXT / sizeof(ULONGLONG)];
};

/* Of the kind that a method takes: on Windows, another is a bug check. */
void *object_of(void *handle, enum kind kind);

/* In kmdf_lite.c. */
void destroy_device(struct device *device);

/* In kmdf_lite_pnp.c. */
void serve_pnp(DRIVER_OBJECT *wdm, PFN_WDF_DRIVER_DEVICE_ADD device_add, WDFDRIVER driver);

/* A METHOD_BUFFERED code by which a test takes a device away while it is open: Wine has no such bus. */
#define KGLITE_SURPRISE 0x4B473FF4u
void surprise(struct device *device);

void complete(struct request *request, NTSTATUS status, ULONG_PTR information);
BOOLEAN has_size(ULONG size, size_t wanted, const char *what);

#define LITE_METHOD(result, name, parameters, arguments) \
    result NTAPI lite_##name(PWDF_DRIVER_GLOBALS all, WDF_LIST parameters);
WDF_METHODS(LITE_METHOD)

#endif
