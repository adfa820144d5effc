/*
 * kgen_wdm.h - the WDM side of every interface that kgen generates.
 *
 * Copied as it is by kgen. One driver may carry several interfaces, each with a device of its own;
 * the dispatch routines find the interface through the device extension.
 */
#ifndef KGEN_WDM_H
#define KGEN_WDM_H

#include "kgen_windows.h"

/* The caller's memory, of `size` > 0 bytes, for METHOD_NEITHER and pointers: kgen_wdm_seh.c. */
struct kgen_wdm_user_memory {
    NTSTATUS (*copy_in)(void *to, const void *from, SIZE_T size, KPROCESSOR_MODE mode);
    NTSTATUS (*probe_out)(void *to, SIZE_T size, KPROCESSOR_MODE mode);
    NTSTATUS (*copy_out)(void *to, const void *from, SIZE_T size, KPROCESSOR_MODE mode);
};

#if defined(__cplusplus)
extern "C" {
#endif

extern const struct kgen_wdm_user_memory kgen_wdm_user_memory;

/* One interface: its device, and the way into its core. */
struct kgen_wdm_interface {
    const WCHAR *device_name;
    const WCHAR *link_name;
    const WCHAR *sddl;
    const GUID *class_guid;
    DEVICE_TYPE device_type;
    BOOLEAN exclusive;  /* one open at a time */
    BOOLEAN serialised; /* one handler at a time */
    ULONG pool_tag;
    SIZE_T device_size; /* of the author's state; zeroed before start and open */
    SIZE_T open_size;
    const struct kgen_wdm_user_memory *user_memory; /* NULL where nothing is in it */

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
 * For DriverEntry: set the dispatch and unload routines and make one device per interface. Where
 * one fails, those before it are undone, and DriverEntry returns what this returns. The driver
 * makes no devices beside these: its dispatch routines take every device for one of them.
 */
NTSTATUS kgen_wdm_start(PDRIVER_OBJECT driver, const struct kgen_wdm_interface *const *interfaces,
                        size_t count);

/* Undo all of it. For a driver whose own unload routine has more to do. */
DRIVER_UNLOAD kgen_wdm_unload;

#if defined(__cplusplus)
}
#endif

#endif /* KGEN_WDM_H */
