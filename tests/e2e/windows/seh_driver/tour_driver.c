/*
 * tour_driver.c - before anything else, copies through kgen_wdm_seh.c with addresses of all kinds.
 *
 * Wine gives METHOD_NEITHER copies of the caller's memory, so that no caller can send a bad address
 * there. Here they are.
 */
#include "tour_wdm.h"

static const struct kgen_wdm_interface *const interfaces[] = {
    &tour_wdm,
};

static const char constant[16] = "read-only memory";

static void report(const char *what, NTSTATUS status)
{
    DbgPrint("seh: %s: %08x\n", what, (unsigned)status);
}

static void probe(void)
{
    const struct kgen_wdm_user_memory *memory = &kgen_wdm_user_memory;
    const ULONG_PTR beyond = 0x7FFFFFFF0000ull;
    char here[16] = "here";
    char there[16] = "there";

    report("in, null", memory->copy_in(here, NULL, 16, UserMode));
    report("in, first page", memory->copy_in(here, (void *)0x1000, 1, UserMode));
    report("in, beyond user space", memory->copy_in(here, (void *)beyond, 1, UserMode));
    report("in, into it", memory->copy_in(here, (void *)(beyond - 1), 16, UserMode));
    report("in, wraps", memory->copy_in(here, (void *)~(ULONG_PTR)3, 16, UserMode));
    report("in, odd address", memory->copy_in(here, there + 1, 3, UserMode));
    report("out, null", memory->copy_out(NULL, there, 16, UserMode));
    report("out, read-only", memory->copy_out((void *)(ULONG_PTR)constant, there, 16, UserMode));
    report("out, beyond user space", memory->copy_out((void *)beyond, there, 1, UserMode));
    report("out, wraps", memory->copy_out((void *)~(ULONG_PTR)3, there, 16, UserMode));
    report("out, odd address", memory->copy_out(here + 3, there, 3, UserMode));
    report("probe, null", memory->probe_out(NULL, 16, UserMode));
    report("probe, read-only", memory->probe_out((void *)(ULONG_PTR)constant, 16, UserMode));
    report("probe, beyond user space", memory->probe_out((void *)beyond, 1, UserMode));
    report("probe, odd address", memory->probe_out(here + 3, 3, UserMode));
    report("probe, a driver", memory->probe_out((void *)beyond, 3, KernelMode));
    report("out, a driver", memory->copy_out(here + 6, there, 3, KernelMode));
    DbgPrint("seh: here is now %s\n", here);
}

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    probe();
    return kgen_wdm_start(driver, interfaces, sizeof(interfaces) / sizeof(interfaces[0]));
}
