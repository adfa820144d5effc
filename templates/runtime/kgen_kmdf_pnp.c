/*
 * kgen_kmdf_pnp.c - a Plug and Play device: no name, found by its device interface.
 *
 * Copied as it is by kgen. The security descriptor is in the INF: the system sets it on the device
 * of the bus driver, which is what callers open.
 */
#include "kgen_kmdf_contexts.h"

/* The framework enables the interface once the device works, and disables it when that ends. */
NTSTATUS kgen_kmdf_add_device(PWDFDEVICE_INIT init, const struct kgen_kmdf_interface *api,
                              WDFDEVICE *device)
{
    NTSTATUS status = kgen_kmdf_create_device(&init, api, device);

    if (NT_SUCCESS(status))
        status = WdfDeviceCreateDeviceInterface(*device, api->interface_guid, NULL);
    return status;
}
