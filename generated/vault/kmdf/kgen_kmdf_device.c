/*
 * kgen_kmdf_device.c - a device of a KMDF driver, of whatever kind: state, hooks, and who may run.
 *
 * Copied as it is by kgen.
 */
#include "kgen_kmdf_contexts.h"

static EVT_WDF_OBJECT_CONTEXT_CLEANUP evt_device_cleanup;

void kgen_kmdf_enter(kgen_device *device)
{
    if (device->api->serialised)
        (void)WdfWaitLockAcquire(device->one_at_a_time, NULL);
}

void kgen_kmdf_leave(kgen_device *device)
{
    if (device->api->serialised)
        WdfWaitLockRelease(device->one_at_a_time);
}

static NTSTATUS create_device_object(PWDFDEVICE_INIT *init, const struct kgen_kmdf_interface *api,
                                     WDFDEVICE *device)
{
    WDF_OBJECT_ATTRIBUTES attributes;

    WdfDeviceInitSetDeviceType(*init, api->device_type);
    kgen_kmdf_initialise_opens(*init, api);
    kgen_kmdf_initialise_callers(*init, api);

    /* Handlers and hooks run at PASSIVE_LEVEL. */
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, kgen_device);
    attributes.ContextSizeOverride = kgen_header_size(sizeof(kgen_device)) + api->device_size;
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    attributes.EvtCleanupCallback = evt_device_cleanup;
    return WdfDeviceCreate(init, &attributes, device);
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
    kgen_device *device = kgen_device_of(handle);
    NTSTATUS status = STATUS_SUCCESS;

    device->api = api;
    device->state = (UCHAR *)device + kgen_header_size(sizeof(*device));
    if (api->serialised)
        status = create_lock(handle, &device->one_at_a_time);
    if (NT_SUCCESS(status))
        status = api->start(device->state);
    device->started = NT_SUCCESS(status);
    return status;
}

NTSTATUS kgen_kmdf_create_device(PWDFDEVICE_INIT *init, const struct kgen_kmdf_interface *api,
                                 WDFDEVICE *device)
{
    NTSTATUS status = create_device_object(init, api, device);

    if (NT_SUCCESS(status))
        status = start_device(*device, api);
    if (NT_SUCCESS(status))
        status = kgen_kmdf_create_queue(*device, api);
    return status;
}

/* When the device goes, or where a later step of its creation failed. */
static VOID NTAPI evt_device_cleanup(WDFOBJECT handle)
{
    kgen_device *device = kgen_device_of(handle);

    if (device->started)
        device->api->stop(device->state);
}

void *kgen_kmdf_device_state(WDFDEVICE device)
{
    return kgen_device_of(device)->state;
}

/* The system unloads a driver only when none of its devices is open. */
VOID NTAPI kgen_kmdf_unload(WDFDRIVER driver)
{
    UNREFERENCED_PARAMETER(driver);
    kgen_trace_stop();
}
