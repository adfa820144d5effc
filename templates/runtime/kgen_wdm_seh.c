/*
 * kgen_wdm_seh.c - copies between a caller's memory and the driver's, for METHOD_NEITHER and pointers.
 *
 * Copied as it is by kgen. The only file with structured exception handling. It runs in the
 * context of the caller, at PASSIVE_LEVEL; what it has copied in is never read again from there.
 * A driver that calls is trusted: Windows cannot probe its memory.
 */
#include "kgen_wdm.h"

/*
 * A compiler may move or split an access that it sees inside __try. It does not see this one: the
 * pointer is volatile, so the call stays a call, and its faults belong to the frame that calls.
 */
static void *(__cdecl *const volatile copy_once)(void *to, const void *from, size_t size) = memcpy;

static NTSTATUS copy_in(void *to, const void *from, SIZE_T size, KPROCESSOR_MODE mode)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        if (mode != KernelMode)
            ProbeForRead(from, size, 1);
        copy_once(to, from, size);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = STATUS_ACCESS_VIOLATION;
    }
    return status;
}

/* The caller can take its memory away after this: copy_out asks again. */
static NTSTATUS probe_out(void *to, SIZE_T size, KPROCESSOR_MODE mode)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        if (mode != KernelMode)
            ProbeForWrite(to, size, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = STATUS_ACCESS_VIOLATION;
    }
    return status;
}

static NTSTATUS copy_out(void *to, const void *from, SIZE_T size, KPROCESSOR_MODE mode)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        if (mode != KernelMode)
            ProbeForWrite(to, size, 1);
        copy_once(to, from, size);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = STATUS_ACCESS_VIOLATION;
    }
    return status;
}

const struct kgen_wdm_user_memory kgen_wdm_user_memory = {copy_in, probe_out, copy_out};
