/*
 * kgen_kmdf.h - the KMDF side of every interface that kgen generates.
 *
 * Copied as it is by kgen. One driver may carry several interfaces, each with a device of its own:
 * a control device, or PnP devices. Needs KMDF 1.15 or later: Windows 10.
 */
#ifndef KGEN_KMDF_H
#define KGEN_KMDF_H

#include "kgen_windows.h"

#include <ntddk.h>
#include <wdf.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* One interface: its device, and the way into its core. */
struct kgen_kmdf_interface {
    const WCHAR *device_name;
    const WCHAR *link_name;
    const WCHAR *sddl;
    const GUID *class_guid;
    const GUID *interface_guid; /* of a PnP device; it has neither the four above nor `exclusive` */
    DEVICE_TYPE device_type;
    BOOLEAN exclusive;  /* one open at a time */
    BOOLEAN serialised; /* one handler at a time */
    BOOLEAN neither;    /* some code is METHOD_NEITHER */
    ULONG pool_tag;
    size_t device_size; /* of the author's state; zeroed before start and open */
    size_t open_size;

    NTSTATUS (*start)(void *device);
    void (*stop)(void *device);
    NTSTATUS (*open)(void *device, void *open);
    void (*cleanup)(void *device, void *open);
    void (*close)(void *device, void *open);
    NTSTATUS (*plan)(ULONG code, const struct kgen_lengths *lengths, struct kgen_plan *plan);
    kgen_take *take_handles;    /* NULL where no code has any */
    kgen_follow *take_pointers; /* the same */
    kgen_run *run;
};

/*
 * For DriverEntry, after WdfDriverCreate: make one control device per interface. Where one fails,
 * those before it are deleted, and DriverEntry returns what this returns.
 */
NTSTATUS kgen_kmdf_start(WDFDRIVER driver, const struct kgen_kmdf_interface *const *interfaces,
                         size_t count);

/*
 * For EvtDriverDeviceAdd: make a PnP device with its device interface, and call the hook for its
 * start. Return what this returns; where it fails, the framework deletes what was made. Callbacks
 * for power and hardware are yours to set on `init` before.
 */
NTSTATUS kgen_kmdf_add_device(PWDFDEVICE_INIT init, const struct kgen_kmdf_interface *api,
                              WDFDEVICE *device);

/* For callbacks of your own: the state of a device, of device_size bytes. */
void *kgen_kmdf_device_state(WDFDEVICE device);

/* EvtDriverUnload of any such driver. The framework deletes the devices. */
EVT_WDF_DRIVER_UNLOAD kgen_kmdf_unload;

#if defined(__cplusplus)
}
#endif

#endif /* KGEN_KMDF_H */
