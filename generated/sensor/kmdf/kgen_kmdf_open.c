/*
 * kgen_kmdf_open.c - the life of an open of a device: a file object, and its context.
 *
 * Copied as it is by kgen.
 */
#include "kgen_kmdf_contexts.h"

static EVT_WDF_DEVICE_FILE_CREATE evt_file_create;
static EVT_WDF_FILE_CLEANUP evt_file_cleanup;
static EVT_WDF_FILE_CLOSE evt_file_close;

static NTSTATUS open_device(kgen_device *device, WDFFILEOBJECT file)
{
    kgen_open *open = kgen_open_of(file);
    NTSTATUS status;

    /* The device has no namespace. Accepting \Device\Name\more would also break `exclusive`. */
    if (WdfFileObjectGetFileName(file)->Length != 0)
        return STATUS_OBJECT_NAME_NOT_FOUND;

    open->state = (UCHAR *)open + kgen_header_size(sizeof(*open));
    IoInitializeRemoveLock(&open->lock, device->api->pool_tag, 0, 0);

    kgen_kmdf_enter(device);
    status = device->api->open(device->state, open->state);
    kgen_kmdf_leave(device);
    return status;
}

static VOID NTAPI evt_file_create(WDFDEVICE device, WDFREQUEST request, WDFFILEOBJECT file)
{
    WdfRequestComplete(request, open_device(kgen_device_of(device), file));
}

/* The last handle is closed. Requests of this open that still run come to their end first. */
static VOID NTAPI evt_file_cleanup(WDFFILEOBJECT file)
{
    kgen_device *device = kgen_device_of(WdfFileObjectGetDevice(file));
    kgen_open *open = kgen_open_of(file);

    if (NT_SUCCESS(IoAcquireRemoveLock(&open->lock, file)))
        IoReleaseRemoveLockAndWait(&open->lock, file);
    kgen_kmdf_enter(device);
    device->api->cleanup(device->state, open->state);
    kgen_kmdf_leave(device);
}

/* The framework frees the context after this. */
static VOID NTAPI evt_file_close(WDFFILEOBJECT file)
{
    kgen_device *device = kgen_device_of(WdfFileObjectGetDevice(file));

    kgen_kmdf_enter(device);
    device->api->close(device->state, kgen_open_of(file)->state);
    kgen_kmdf_leave(device);
}

void kgen_kmdf_initialise_opens(PWDFDEVICE_INIT init, const struct kgen_kmdf_interface *api)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;

    WDF_FILEOBJECT_CONFIG_INIT(&config, evt_file_create, evt_file_close, evt_file_cleanup);
    config.FileObjectClass =
        (WDF_FILEOBJECT_CLASS)(WdfFileObjectWdfCanUseFsContext | WdfFileObjectCanBeOptional);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, kgen_open);
    attributes.ContextSizeOverride = kgen_header_size(sizeof(kgen_open)) + api->open_size;
    WdfDeviceInitSetFileObjectConfig(init, &config, &attributes);
}
