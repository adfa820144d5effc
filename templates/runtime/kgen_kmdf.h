/*
 * kgen_kmdf.h - the KMDF side of every interface that kgen generates.
 *
 * Copied as it is by kgen. One driver may carry several interfaces, each with a control device of
 * its own. Needs KMDF 1.15 or later: Windows 10.
 */
#ifndef KGEN_KMDF_H
#define KGEN_KMDF_H

#if !defined(POOL_TAGGING)
#define POOL_TAGGING 1
#endif
#include <ntddk.h>
#include <wdf.h>

#include "kgen_runtime.h"

#if defined(__cplusplus)
extern "C" {
#endif

/* Whose request it is, as an interface's core is told. */
struct kgen_kmdf_caller {
    void *device; /* the author's state, of device_size and open_size bytes */
    void *open;
    bool from_kernel;
    bool is_32_bit; /* under a 64-bit kernel */
    WDFREQUEST request;
};

/* Check the captured request, call the handler, leave *written bytes of reply in `out`. */
typedef NTSTATUS kgen_kmdf_run(const struct kgen_kmdf_caller *caller, const struct kgen_plan *plan,
                               void *scratch, void *out, struct kgen_data *data, size_t *written);

/* One interface: its device, and the way into its core. */
struct kgen_kmdf_interface {
    const WCHAR *device_name;
    const WCHAR *link_name;
    const WCHAR *sddl;
    const GUID *class_guid;
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
    kgen_kmdf_run *run;
};

/*
 * For DriverEntry, after WdfDriverCreate: make one control device per interface. Where one fails,
 * those before it are deleted, and DriverEntry returns what this returns.
 */
NTSTATUS kgen_kmdf_start(WDFDRIVER driver, const struct kgen_kmdf_interface *const *interfaces,
                         size_t count);

/* EvtDriverUnload of such a driver. The framework deletes the devices. */
EVT_WDF_DRIVER_UNLOAD kgen_kmdf_unload;

/* Around the life of the driver; with kgen_trace, what a driver that traces elsewhere brings. */
void kgen_trace_start(void);
void kgen_trace_stop(void);

#if defined(__cplusplus)
}
#endif

#endif /* KGEN_KMDF_H */
