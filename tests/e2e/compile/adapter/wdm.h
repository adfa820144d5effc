/*
 * wdm.h - as much of the kernel as an adapter sees, so that it runs in a program under sanitizers.
 *
 * Functions are in adapter.c, which counts and checks what is called. Names and meanings are the
 * kernel's; what is not used is not here.
 */
#ifndef FAKE_WDM_H
#define FAKE_WDM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define NTAPI
#define __cdecl
#define UNREFERENCED_PARAMETER(name) (void)(name)
#define RtlCopyMemory                memcpy
#define RtlZeroMemory(memory, size)  memset(memory, 0, size)
#define TRUE                         1
#define FALSE                        0

typedef void VOID, *PVOID;
typedef unsigned char UCHAR, BOOLEAN;
typedef uint16_t USHORT;
typedef uint32_t ULONG, DEVICE_TYPE;
typedef int32_t NTSTATUS, LONG;
typedef uint64_t ULONGLONG;
typedef uintptr_t ULONG_PTR;
typedef size_t SIZE_T;
typedef wchar_t WCHAR;
typedef char KPROCESSOR_MODE;
enum {
    KernelMode,
    UserMode
};

typedef struct {
    ULONG Data1;
    USHORT Data2, Data3;
    UCHAR Data4[8];
} GUID;

typedef struct {
    size_t Length;
    const WCHAR *Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

#define NT_SUCCESS(status)            ((NTSTATUS)(status) >= 0)
#define STATUS_SUCCESS                0
#define STATUS_BUFFER_OVERFLOW        ((NTSTATUS)0x80000005)
#define STATUS_INFO_LENGTH_MISMATCH   ((NTSTATUS)0xC0000004)
#define STATUS_ACCESS_VIOLATION       ((NTSTATUS)0xC0000005)
#define STATUS_INVALID_HANDLE         ((NTSTATUS)0xC0000008)
#define STATUS_INVALID_PARAMETER      ((NTSTATUS)0xC000000D)
#define STATUS_INVALID_DEVICE_REQUEST ((NTSTATUS)0xC0000010)
#define STATUS_ACCESS_DENIED          ((NTSTATUS)0xC0000022)
#define STATUS_BUFFER_TOO_SMALL       ((NTSTATUS)0xC0000023)
#define STATUS_OBJECT_NAME_NOT_FOUND  ((NTSTATUS)0xC0000034)
#define STATUS_OBJECT_NAME_COLLISION  ((NTSTATUS)0xC0000035)
#define STATUS_DELETE_PENDING         ((NTSTATUS)0xC0000056)
#define STATUS_DISK_FULL              ((NTSTATUS)0xC000007F)
#define STATUS_INSUFFICIENT_RESOURCES ((NTSTATUS)0xC000009A)
#define STATUS_INTERNAL_ERROR         ((NTSTATUS)0xC00000E5)
#define STATUS_INVALID_BUFFER_SIZE    ((NTSTATUS)0xC0000206)
#define STATUS_DEVICE_REMOVED         ((NTSTATUS)0xC00002B6)
#define STATUS_NOT_FOUND              ((NTSTATUS)0xC0000225)

#define METHOD_BUFFERED            0
#define METHOD_IN_DIRECT           1
#define METHOD_OUT_DIRECT          2
#define METHOD_NEITHER             3
#define METHOD_FROM_CTL_CODE(code) ((code)&3)
#define FILE_ANY_ACCESS            0
#define FILE_READ_ACCESS           1
#define FILE_WRITE_ACCESS          2
#define CTL_CODE(type, function, method, access) \
    (((type) << 16) | ((access) << 14) | ((function) << 2) | (method))

enum {
    IRP_MJ_CREATE,
    IRP_MJ_CLOSE,
    IRP_MJ_DEVICE_CONTROL,
    IRP_MJ_CLEANUP,
    IRP_MJ_COUNT
};

typedef struct {
    int held;
    bool removed;
} IO_REMOVE_LOCK;

typedef struct {
    int held;
} KMUTEX;

typedef struct {
    size_t size;
    void *pages;
    ULONG priority; /* of the mapping; 0 while there is none */
} MDL, *PMDL;

typedef struct {
    UNICODE_STRING FileName;
    PVOID FsContext;
} FILE_OBJECT, *PFILE_OBJECT;

typedef struct {
    struct {
        struct {
            ULONG OutputBufferLength, InputBufferLength, IoControlCode;
            PVOID Type3InputBuffer;
        } DeviceIoControl;
    } Parameters;
    PFILE_OBJECT FileObject;
} IO_STACK_LOCATION, *PIO_STACK_LOCATION;

typedef struct {
    struct {
        NTSTATUS Status;
        ULONG_PTR Information;
    } IoStatus;
    struct {
        PVOID SystemBuffer;
    } AssociatedIrp;
    PMDL MdlAddress;
    PVOID UserBuffer;
    KPROCESSOR_MODE RequestorMode;
    IO_STACK_LOCATION stack;
    int completions;
} IRP, *PIRP;

typedef struct DRIVER_OBJECT DRIVER_OBJECT, *PDRIVER_OBJECT;

typedef struct DEVICE_OBJECT {
    struct DEVICE_OBJECT *NextDevice;
    PDRIVER_OBJECT driver;
    PVOID DeviceExtension;
} DEVICE_OBJECT, *PDEVICE_OBJECT;

typedef NTSTATUS DRIVER_DISPATCH(PDEVICE_OBJECT, PIRP);
typedef VOID DRIVER_UNLOAD(PDRIVER_OBJECT);
typedef NTSTATUS DRIVER_INITIALIZE(PDRIVER_OBJECT, PUNICODE_STRING);

struct DRIVER_OBJECT {
    PDEVICE_OBJECT DeviceObject;
    DRIVER_DISPATCH *MajorFunction[IRP_MJ_COUNT];
    DRIVER_UNLOAD *DriverUnload;
};

/* As in a kit that knows Windows 10 version 2004, whichever version it builds for. */
#define NTDDI_WIN10_VB      0x0A000008
#define POOL_FLAG_NON_PAGED 0x40ull

#define IO_NO_INCREMENT             0
#define FILE_DEVICE_SECURE_OPEN     0x100
#define NonPagedPoolNx              512
#define MEMORY_ALLOCATION_ALIGNMENT 16
#define NormalPagePriority          16
#define MdlMappingNoWrite           0x80000000u
#define MdlMappingNoExecute         0x40000000u
#define PASSIVE_LEVEL               0
#define Executive                   0
#define KeGetCurrentIrql()          PASSIVE_LEVEL
#define NT_ASSERT(condition)        ((void)(condition))

#define IoGetCurrentIrpStackLocation(irp)               (&(irp)->stack)
#define IoIs32bitProcess(irp)                           ((void)(irp), FALSE)
#define KeInitializeMutex(mutex, level)                 ((mutex)->held = 0)
#define KeWaitForSingleObject(mutex, why, mode, a, end) ((mutex)->held++, 0)
#define KeReleaseMutex(mutex, wait)                     ((mutex)->held--)

void IoCompleteRequest(PIRP irp, int boost);
#if NTDDI_VERSION >= NTDDI_WIN10_VB
void *ExAllocatePool2(ULONGLONG flags, SIZE_T size, ULONG tag);
#else
void *ExAllocatePoolWithTag(int type, SIZE_T size, ULONG tag);
#endif
void ExFreePoolWithTag(void *memory, ULONG tag);
void *MmGetSystemAddressForMdlSafe(PMDL mdl, ULONG priority);
void IoInitializeRemoveLock(IO_REMOVE_LOCK *lock, ULONG tag, ULONG minutes, ULONG high);
NTSTATUS IoAcquireRemoveLock(IO_REMOVE_LOCK *lock, void *tag);
void IoReleaseRemoveLock(IO_REMOVE_LOCK *lock, void *tag);
void IoReleaseRemoveLockAndWait(IO_REMOVE_LOCK *lock, void *tag);
void RtlInitUnicodeString(PUNICODE_STRING string, const WCHAR *text);
NTSTATUS IoCreateSymbolicLink(PUNICODE_STRING link, PUNICODE_STRING target);
NTSTATUS IoDeleteSymbolicLink(PUNICODE_STRING link);
void IoDeleteDevice(PDEVICE_OBJECT device);

#endif
