/*
 * kgen_devices.h - the devices that a driver published under a device interface class.
 *
 * Copied as it is by kgen. Header only; C11 and C++11. Link setupapi.
 */
#ifndef KGEN_DEVICES_H
#define KGEN_DEVICES_H

#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <setupapi.h>

#if defined(_MSC_VER)
#pragma comment(lib, "setupapi.lib")
#endif

/* Room for the path of any device, and its end. */
#define KGEN_DEVICE_PATH 512

/* 0, or the error. The detail is a struct of Microsoft's whose path goes on behind its end. */
static inline DWORD kgen_client_device_path(HDEVINFO devices, SP_DEVICE_INTERFACE_DATA *found,
                                            char *path, size_t size)
{
    const DWORD path_at = offsetof(SP_DEVICE_INTERFACE_DETAIL_DATA_A, DevicePath);
    SP_DEVICE_INTERFACE_DETAIL_DATA_A *detail;
    DWORD error = ERROR_SUCCESS;
    DWORD needed = 0;

    SetupDiGetDeviceInterfaceDetailA(devices, found, NULL, 0, &needed, NULL);
    if (needed < sizeof(*detail))
        return GetLastError();
    if (needed - path_at > size)
        return ERROR_INSUFFICIENT_BUFFER;
    detail = (SP_DEVICE_INTERFACE_DETAIL_DATA_A *)calloc(1, needed);
    if (detail == NULL)
        return ERROR_NO_SYSTEM_RESOURCES;
    detail->cbSize = sizeof(*detail);
    if (SetupDiGetDeviceInterfaceDetailA(devices, found, detail, needed, NULL, NULL))
        memcpy(path, (const char *)detail + path_at, needed - path_at);
    else
        error = GetLastError();
    free(detail);
    return error;
}

/* Device number `index` of those that are there now: 0, or the error, which GetLastError tells too. */
static inline DWORD kgen_client_find(const GUID *guid, DWORD index, char *path, size_t size)
{
    SP_DEVICE_INTERFACE_DATA found;
    DWORD error = ERROR_SUCCESS;
    HDEVINFO devices =
        SetupDiGetClassDevsA(guid, NULL, NULL, DIGCF_PRESENT | DIGCF_DEVICEINTERFACE);

    if (devices == INVALID_HANDLE_VALUE)
        return GetLastError();
    memset(&found, 0, sizeof(found));
    found.cbSize = sizeof(found);
    if (SetupDiEnumDeviceInterfaces(devices, NULL, guid, index, &found))
        error = kgen_client_device_path(devices, &found, path, size);
    else
        error = GetLastError();
    SetupDiDestroyDeviceInfoList(devices);
    SetLastError(error);
    return error;
}

/* The path of the only device there is. */
static inline DWORD kgen_client_only_device(const GUID *guid, char *path, size_t size)
{
    char second[KGEN_DEVICE_PATH];
    DWORD error = kgen_client_find(guid, 0, path, size);

    if (error == ERROR_NO_MORE_ITEMS)
        error = ERROR_FILE_NOT_FOUND;
    else if (error == ERROR_SUCCESS &&
             kgen_client_find(guid, 1, second, sizeof(second)) != ERROR_NO_MORE_ITEMS)
        error = 15250; /* ERROR_AMBIGUOUS_SYSTEM_DEVICE, which older kits lack */
    SetLastError(error);
    return error;
}

#endif /* KGEN_DEVICES_H */
