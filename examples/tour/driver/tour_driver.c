/*
 * tour_driver.c - DriverEntry. Yours: kgen wrote it once and does not touch it again.
 */
#include "tour_wdm.h"

/* A driver that carries more interfaces lists them here; each gets a device of its own. */
static const struct kgen_wdm_interface *const interfaces[] = {
    &tour_wdm,
};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    return kgen_wdm_start(driver, interfaces, sizeof(interfaces) / sizeof(interfaces[0]));
}
