/* ntddk.h - beside the wdm.h of this folder: what declarations of the framework need besides. */
#ifndef FAKE_NTDDK_H
#define FAKE_NTDDK_H

#include <wdm.h>

#define __declspec(what) __attribute__((weak))
#define DECLARE_HANDLE(name) typedef struct name##_ *name

typedef PVOID HANDLE;
typedef char *PCHAR;
typedef int64_t *PLONGLONG;

#endif
