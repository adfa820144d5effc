/* adapter_wdm.c - what a driver without a framework calls, for adapter.c. */
#include <wdmsec.h>

#include "adapter.h"
#include "hidden_wdm.h"

const bool locks_memory = false;

NTSTATUS IoCreateSymbolicLink(PUNICODE_STRING link, PUNICODE_STRING target)
{
    EXPECT(wcscmp(link->Buffer, L"\\DosDevices\\Hidden") == 0);
    EXPECT(wcscmp(target->Buffer, L"\\Device\\Hidden") == 0);
    return STATUS_SUCCESS;
}

NTSTATUS IoDeleteSymbolicLink(PUNICODE_STRING link)
{
    (void)link;
    return STATUS_SUCCESS;
}

NTSTATUS IoCreateDeviceSecure(PDRIVER_OBJECT owner, ULONG extension_size, PUNICODE_STRING name,
                              DEVICE_TYPE type, ULONG characteristics, BOOLEAN exclusive,
                              PUNICODE_STRING sddl, const GUID *class_guid, PDEVICE_OBJECT *device)
{
    (void)name;
    (void)exclusive;
    EXPECT(type == HIDDEN_DEVICE_TYPE && characteristics == FILE_DEVICE_SECURE_OPEN);
    EXPECT(sddl->Length > 0 && class_guid != NULL);
    *device = calloc(1, sizeof(**device));
    (*device)->DeviceExtension = calloc(1, extension_size);
    (*device)->driver = owner;
    (*device)->NextDevice = owner->DeviceObject;
    owner->DeviceObject = *device;
    return STATUS_SUCCESS;
}

void IoDeleteDevice(PDEVICE_OBJECT device)
{
    device->driver->DeviceObject = device->NextDevice;
    free(device->DeviceExtension);
    free(device);
}

/* Half of the request is there before the fault. */
static NTSTATUS copy_in(void *to, const void *from, SIZE_T size, KPROCESSOR_MODE mode)
{
    EXPECT(mode == UserMode && size > 0);
    memcpy(to, from, fault_in ? size / 2 : size);
    return fault_in ? STATUS_ACCESS_VIOLATION : STATUS_SUCCESS;
}

static NTSTATUS probe_out(void *to, SIZE_T size, KPROCESSOR_MODE mode)
{
    EXPECT(mode == UserMode && size > 0 && to != NULL);
    return fault_probe ? STATUS_ACCESS_VIOLATION : STATUS_SUCCESS;
}

static NTSTATUS copy_out(void *to, const void *from, SIZE_T size, KPROCESSOR_MODE mode)
{
    EXPECT(mode == UserMode && size > 0);
    if (fault_out)
        return STATUS_ACCESS_VIOLATION;
    memcpy(to, from, size);
    return STATUS_SUCCESS;
}

const struct kgen_wdm_user_memory kgen_wdm_user_memory = {copy_in, probe_out, copy_out};

NTSTATUS start_driver(void)
{
    static const struct kgen_wdm_interface *const interfaces[] = {&hidden_wdm};

    return kgen_wdm_start(&driver, interfaces, 1);
}

void stop_driver(void)
{
    driver.DriverUnload(&driver);
}

bool pull_out(void)
{
    return false;
}
