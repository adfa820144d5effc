/*
 * tour_kmdf_driver.c - DriverEntry. Yours: kgen wrote it once and does not touch it again.
 */
#include "tour_kmdf.h"

/* A driver that carries more interfaces lists them here; each gets a device of its own. */
static const struct kgen_kmdf_interface *const interfaces[] = {
    &tour_kmdf,
};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path)
{
    WDF_DRIVER_CONFIG config;
    WDFDRIVER driver;
    NTSTATUS status;

    WDF_DRIVER_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK);
    config.DriverInitFlags = WdfDriverInitNonPnpDriver;
    config.DriverPoolTag = 0x72756F54; /* Tour */
    config.EvtDriverUnload = kgen_kmdf_unload;
    status =
        WdfDriverCreate(driver_object, registry_path, WDF_NO_OBJECT_ATTRIBUTES, &config, &driver);
    if (NT_SUCCESS(status))
        status = kgen_kmdf_start(driver, interfaces, sizeof(interfaces) / sizeof(interfaces[0]));
    return status;
}
