/*
 * Loads and unloads drivers through the service manager, for tests in Wine; works on Windows too.
 *
 *   service ping               the service manager answers
 *   service load NAME PATH     creates a kernel driver service and starts it; a start that fails deletes it again
 *   service unload NAME        stops and deletes it
 *   service state NAME         prints running, stopped, or missing
 *
 * On failure: one line "CALL: error NUMBER" to stderr, exit status 1.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

static int failed(const char *call, DWORD error)
{
    fprintf(stderr, "%s: error %lu\n", call, error);
    return 1;
}

/* A service that a crash left behind is taken over. */
static SC_HANDLE replace(SC_HANDLE manager, const wchar_t *name, const wchar_t *path)
{
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_ALL_ACCESS);

    if (service != NULL &&
        !ChangeServiceConfigW(service, SERVICE_KERNEL_DRIVER, SERVICE_DEMAND_START,
                              SERVICE_ERROR_NORMAL, path, NULL, NULL, NULL, NULL, NULL, NULL)) {
        CloseServiceHandle(service);
        service = NULL;
    }
    return service;
}

/* Whether the driver runs, waiting for one that is still starting: on a busy machine it may be. */
static BOOL runs(SC_HANDLE service)
{
    SERVICE_STATUS status;
    int tries;

    for (tries = 0; tries < 500; tries++) {
        if (!QueryServiceStatus(service, &status))
            return FALSE;
        if (status.dwCurrentState != SERVICE_START_PENDING)
            return status.dwCurrentState == SERVICE_RUNNING;
        Sleep(20);
    }
    return FALSE;
}

static int load(SC_HANDLE manager, const wchar_t *name, const wchar_t *path)
{
    SC_HANDLE service = CreateServiceW(manager, name, name, SERVICE_ALL_ACCESS,
                                       SERVICE_KERNEL_DRIVER, SERVICE_DEMAND_START,
                                       SERVICE_ERROR_NORMAL, path, NULL, NULL, NULL, NULL, NULL);
    if (service == NULL && GetLastError() == ERROR_SERVICE_EXISTS)
        service = replace(manager, name, path);
    if (service == NULL)
        return failed("CreateService", GetLastError());
    if (!StartServiceW(service, 0, NULL) || !runs(service)) {
        DWORD error = GetLastError();
        DeleteService(service);
        CloseServiceHandle(service);
        return failed("StartService", error);
    }
    CloseServiceHandle(service);
    return 0;
}

static int unload(SC_HANDLE service)
{
    SERVICE_STATUS status;

    if (!ControlService(service, SERVICE_CONTROL_STOP, &status)) {
        DWORD error = GetLastError();
        DeleteService(service);
        return failed("ControlService", error);
    }
    if (!DeleteService(service))
        return failed("DeleteService", GetLastError());
    return 0;
}

static int state(SC_HANDLE service)
{
    SERVICE_STATUS status;

    if (!QueryServiceStatus(service, &status))
        return failed("QueryServiceStatus", GetLastError());
    puts(status.dwCurrentState == SERVICE_RUNNING ? "running" : "stopped");
    return 0;
}

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *verb = argc > 1 ? argv[1] : L"";
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    int result = 2;

    if (manager == NULL)
        return failed("OpenSCManager", GetLastError());
    if (wcscmp(verb, L"ping") == 0)
        return 0;
    if (argc == 4 && wcscmp(verb, L"load") == 0)
        return load(manager, argv[2], argv[3]);
    if (argc != 3) {
        fputs("usage: service ping | load NAME PATH | unload NAME | state NAME\n", stderr);
        return result;
    }
    SC_HANDLE service = OpenServiceW(manager, argv[2], SERVICE_ALL_ACCESS);
    if (service == NULL) {
        DWORD error = GetLastError();
        if (wcscmp(verb, L"state") == 0 && error == ERROR_SERVICE_DOES_NOT_EXIST)
            return puts("missing") < 0;
        return failed("OpenService", error);
    }
    if (wcscmp(verb, L"unload") == 0)
        result = unload(service);
    else if (wcscmp(verb, L"state") == 0)
        result = state(service);
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    return result;
}
