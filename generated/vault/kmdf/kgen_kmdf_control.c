/*
 * kgen_kmdf_control.c - control devices: one per interface, named, made by DriverEntry.
 *
 * Copied as it is by kgen.
 */
#include "kgen_kmdf_contexts.h"

/* The framework sets FILE_DEVICE_SECURE_OPEN. */
static NTSTATUS initialise(PWDFDEVICE_INIT init, const struct kgen_kmdf_interface *api)
{
    UNICODE_STRING name;

    RtlInitUnicodeString(&name, api->device_name);
    WdfDeviceInitSetDeviceClass(init, api->class_guid);
    WdfDeviceInitSetExclusive(init, api->exclusive);
    return WdfDeviceInitAssignName(init, &name);
}

static NTSTATUS publish(WDFDEVICE device, const struct kgen_kmdf_interface *api)
{
    UNICODE_STRING link_name;

    RtlInitUnicodeString(&link_name, api->link_name);
    return WdfDeviceCreateSymbolicLink(device, &link_name);
}

static NTSTATUS create_control_device(WDFDRIVER driver, const struct kgen_kmdf_interface *api,
                                      WDFDEVICE *device)
{
    UNICODE_STRING sddl;
    PWDFDEVICE_INIT init;
    NTSTATUS status;

    RtlInitUnicodeString(&sddl, api->sddl);
    init = WdfControlDeviceInitAllocate(driver, &sddl);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    *device = NULL;
    status = initialise(init, api);
    if (NT_SUCCESS(status))
        status = kgen_kmdf_create_device(&init, api, device);
    if (NT_SUCCESS(status))
        status = publish(*device, api);
    if (!NT_SUCCESS(status) && *device != NULL)
        WdfObjectDelete(*device);
    if (init != NULL) /* no device came of it */
        WdfDeviceInitFree(init);
    return status;
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
        status = create_control_device(driver, interfaces[i], &device);
        if (NT_SUCCESS(status)) {
            kgen_device_of(device)->previous = last;
            last = device;
        }
    }
    for (; last != NULL; last = device) {
        device = kgen_device_of(last)->previous;
        if (NT_SUCCESS(status))
            WdfControlFinishInitializing(last);
        else
            WdfObjectDelete(last);
    }
    if (!NT_SUCCESS(status))
        kgen_trace_stop();
    return status;
}
