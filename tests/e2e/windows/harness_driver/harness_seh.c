/* The one file with __try: clang compiles it, mingw's gcc cannot. */
#include <ntddk.h>

NTSTATUS harness_copy_in(void *to, const void *user, SIZE_T length, KPROCESSOR_MODE mode);
NTSTATUS harness_copy_out(void *user, const void *from, SIZE_T length, KPROCESSOR_MODE mode);

/* clang's __try covers calls and no plain accesses: the copy has to stay a call. */
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;

NTSTATUS harness_copy_in(void *to, const void *user, SIZE_T length, KPROCESSOR_MODE mode)
{
    NTSTATUS code = STATUS_SUCCESS;

    __try {
        if (mode != KernelMode)
            ProbeForRead((PVOID)(ULONG_PTR)user, length, 4);
        copy(to, user, length);
    } __except (code = (NTSTATUS)GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER) {
        return code;
    }
    return STATUS_SUCCESS;
}

NTSTATUS harness_copy_out(void *user, const void *from, SIZE_T length, KPROCESSOR_MODE mode)
{
    NTSTATUS code = STATUS_SUCCESS;

    __try {
        if (mode != KernelMode)
            ProbeForWrite(user, length, 4);
        copy(user, from, length);
    } __except (code = (NTSTATUS)GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER) {
        return code;
    }
    return STATUS_SUCCESS;
}
