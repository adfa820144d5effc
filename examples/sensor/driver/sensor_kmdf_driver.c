/*
 * sensor_kmdf_driver.c - DriverEntry. Yours: kgen wrote it once and does not touch it again.
 */
#include "sensor_kmdf.h"

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD evt_driver_device_add;

/*
 * For each device that the bus finds. What a driver of real hardware needs goes onto `init` first:
 * WdfDeviceInitSetPnpPowerEventCallbacks, power policy, device-specific attributes.
 */
static NTSTATUS NTAPI evt_driver_device_add(WDFDRIVER driver, PWDFDEVICE_INIT init)
{
    WDFDEVICE device;

    UNREFERENCED_PARAMETER(driver);
    return kgen_kmdf_add_device(init, &sensor_kmdf, &device);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path)
{
    WDF_DRIVER_CONFIG config;
    NTSTATUS status;

    WDF_DRIVER_CONFIG_INIT(&config, evt_driver_device_add);
    config.DriverPoolTag = 0x736E6553; /* Sens */
    config.EvtDriverUnload = kgen_kmdf_unload;
    kgen_trace_start();
    status = WdfDriverCreate(driver_object, registry_path, WDF_NO_OBJECT_ATTRIBUTES, &config,
                             WDF_NO_HANDLE);
    if (!NT_SUCCESS(status))
        kgen_trace_stop();
    return status;
}
