/*
 * Plugs in and pulls out devices that a bus of software knows, for tests in Wine; works on Windows too, as devcon does.
 *
 *   plug in ID INF     makes a device of hardware ID `ID`, installs the driver of the INF file for it, prints its instance
 *   plug out INSTANCE  removes that device
 *
 * On failure: one line "CALL: error NUMBER" to stderr, exit status 1.
 */
#include <windows.h>

#include <newdev.h>
#include <setupapi.h>
#include <stdio.h>
#include <wchar.h>

static int failed(const char *call)
{
    DWORD error = GetLastError();

    fprintf(stderr, "%s: error 0x%lX\n", call, error);
    return 1;
}

static int plug_in(const wchar_t *id, const wchar_t *inf)
{
    SP_DEVINFO_DATA device = {.cbSize = sizeof(device)};
    wchar_t class_name[32], instance[256], ids[256] = {0};
    BOOL reboot;
    HDEVINFO set;
    GUID class_guid;

    wcsncpy(ids, id, 200); /* a list: two zeroes end it */
    if (!SetupDiGetINFClassW(inf, &class_guid, class_name, 32, NULL))
        return failed("SetupDiGetINFClass");
    set = SetupDiCreateDeviceInfoList(&class_guid, NULL);
    if (set == INVALID_HANDLE_VALUE)
        return failed("SetupDiCreateDeviceInfoList");
    if (!SetupDiCreateDeviceInfoW(set, class_name, &class_guid, NULL, NULL, DICD_GENERATE_ID,
                                  &device))
        return failed("SetupDiCreateDeviceInfo");
    if (!SetupDiSetDeviceRegistryPropertyW(set, &device, SPDRP_HARDWAREID, (const BYTE *)ids,
                                           (DWORD)((wcslen(ids) + 2) * sizeof(*ids))))
        return failed("SetupDiSetDeviceRegistryProperty");
    if (!SetupDiCallClassInstaller(DIF_REGISTERDEVICE, set, &device))
        return failed("SetupDiCallClassInstaller");
    if (!UpdateDriverForPlugAndPlayDevicesW(NULL, id, inf, INSTALLFLAG_FORCE, &reboot))
        return failed("UpdateDriverForPlugAndPlayDevices");
    if (!SetupDiGetDeviceInstanceIdW(set, &device, instance, 256, NULL))
        return failed("SetupDiGetDeviceInstanceId");
    wprintf(L"%ls\n", instance);
    SetupDiDestroyDeviceInfoList(set);
    return 0;
}

static int plug_out(const wchar_t *instance)
{
    SP_DEVINFO_DATA device = {.cbSize = sizeof(device)};
    HDEVINFO set = SetupDiCreateDeviceInfoList(NULL, NULL);

    if (set == INVALID_HANDLE_VALUE)
        return failed("SetupDiCreateDeviceInfoList");
    if (!SetupDiOpenDeviceInfoW(set, instance, NULL, 0, &device))
        return failed("SetupDiOpenDeviceInfo");
    if (!SetupDiCallClassInstaller(DIF_REMOVE, set, &device))
        return failed("SetupDiCallClassInstaller");
    SetupDiDestroyDeviceInfoList(set);
    return 0;
}

int wmain(int argc, wchar_t **argv)
{
    if (argc == 4 && wcscmp(argv[1], L"in") == 0)
        return plug_in(argv[2], argv[3]);
    if (argc == 3 && wcscmp(argv[1], L"out") == 0)
        return plug_out(argv[2]);
    fputs("usage: plug in ID INF | plug out INSTANCE\n", stderr);
    return 2;
}
