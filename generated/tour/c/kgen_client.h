/*
 * kgen_client.h - how a program reaches any device that kgen generates for, on Windows and Linux.
 *
 * Copied as it is by kgen. Header only; C11 and C++11. No state: any thread may call anything.
 */
#ifndef KGEN_CLIENT_H
#define KGEN_CLIENT_H

#if !defined(_WIN32)
#include "kgen_client_linux.h"
#else

#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "kgen_types.h"

typedef HANDLE kgen_client_device;
typedef DWORD kgen_client_error;
typedef uint32_t kgen_client_code;

#define KGEN_CLIENT_NO_DEVICE            INVALID_HANDLE_VALUE
#define KGEN_CLIENT_NO_ERROR             ERROR_SUCCESS

/* Of a code's two names the one of this system. */
#define KGEN_CLIENT_CODE(windows, linux) (windows)

/* INVALID_HANDLE_VALUE on failure; GetLastError tells. `access` is of KGEN_READ_ACCESS and so on. */
static inline HANDLE kgen_client_open(const char *path, uint32_t access)
{
    DWORD rights = 0;

    if ((access & KGEN_READ_ACCESS) != 0)
        rights |= GENERIC_READ;
    if ((access & KGEN_WRITE_ACCESS) != 0)
        rights |= GENERIC_WRITE;
    return CreateFileA(path, rights, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
                       FILE_ATTRIBUTE_NORMAL, NULL);
}

/* One DeviceIoControl. 0, or the error; *done bytes came back. */
static inline DWORD kgen_client_control(HANDLE device, uint32_t code, const void *in,
                                        size_t in_size, void *out, size_t out_size, size_t *done)
{
    DWORD returned = 0;
    DWORD error = ERROR_SUCCESS;

    *done = 0;
    if (in_size > MAXDWORD || out_size > MAXDWORD)
        return ERROR_INVALID_PARAMETER;
    if (!DeviceIoControl(device, code, (void *)(uintptr_t)in, (DWORD)in_size, out, (DWORD)out_size,
                         &returned, NULL))
        error = GetLastError();
    *done = returned <= out_size ? returned : out_size;
    return error;
}

static inline void kgen_client_close(HANDLE device)
{
    CloseHandle(device);
}

static inline DWORD kgen_client_last_error(void)
{
    return GetLastError();
}

static inline void kgen_client_wipe(void *memory, size_t size)
{
    SecureZeroMemory(memory, size);
}

#endif /* _WIN32 */

/*
 * Whether a client of this interface understands the driver that answered: it is the same, or of
 * another minor version. Of the same version but not the same, it is none of ours.
 */
static inline int kgen_client_knows(const struct kgen_interface_info *info, uint16_t major,
                                    uint16_t minor, const void *hash)
{
    if (info->abi != KGEN_ABI)
        return 0;
    if (memcmp(info->hash, hash, sizeof(info->hash)) == 0)
        return 1;
    return info->version_major == major && info->version_minor != minor;
}

/*
 * Memory for a message with a tail: `size` bytes, but at least those of its struct, and zeroed.
 * Where the fixed part is given, it is copied to the front, and the elements behind it.
 */
static inline void *kgen_client_message(size_t size, size_t struct_size, const void *fixed,
                                        size_t tail, const void *items)
{
    char *message = (char *)calloc(1, size > struct_size ? size : struct_size);

    if (message == NULL || fixed == NULL)
        return message;
    memcpy(message, fixed, tail);
    if (size > tail)
        memcpy(message + tail, items, size - tail);
    return message;
}

static inline void kgen_client_free(void *message, size_t size)
{
    if (message == NULL)
        return;
    kgen_client_wipe(message, size);
    free(message);
}

#endif /* KGEN_CLIENT_H */
