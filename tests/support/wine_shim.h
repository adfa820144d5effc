/* What the two parts of the shim share: wine_shim.c supplies what Wine lacks, wine_verify.c watches what the driver does. */
#ifndef KGSHIM_H
#define KGSHIM_H

#define _NTOSKRNL_   /* the names below are defined here and not imported */
#define POOL_TAGGING 1
#include <ntddk.h>

/* A driver object calls an import either through the pointer __imp_NAME or through the function NAME; both come here. */
#define REPLACES(name) void *const __imp_##name = (void *)&name

/* What a test may tell a running driver: a METHOD_BUFFERED, FILE_ANY_ACCESS code that no interface of kgen can have. */
#define KGSHIM_CONTROL 0x4B473FF8u

struct kgshim_control {
    ULONG fail_allocation; /* 0 none, n: the n-th allocation from now on fails, once */
    ULONG deny_privileges; /* not 0: SeSinglePrivilegeCheck says no */
};

struct kgshim_state {
    ULONG violations;
    ULONG live_blocks;
    ULONG live_bytes;
};

extern struct kgshim_control kgshim_settings;

/* Prints "kgshim: violation: ..." to the debug log and counts it. */
void kgshim_violation(const char *what, ULONG code, ULONG_PTR value);

/* The request that is dispatched at this moment, or NULL. */
IRP *kgshim_current_irp(void);

/* In wine_handles.c: at unload, no object of a caller is held any more. */
void kgshim_check_handles(void);

/* The function of Wine behind a replaced name. */
void *kgshim_original(const WCHAR *name);

#endif
