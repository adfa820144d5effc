/* The C client of the harness driver: each transfer method once, then requests that wait. Exit status 0: all as expected. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stdio.h>
#include <string.h>
#include "harness.h"

static HANDLE device;
static int failures;

static void expect(int condition, const char *what)
{
    printf("%s: %s\n", what, condition ? "ok" : "FAILED");
    failures += !condition;
}

static DWORD call(DWORD code, void *in, DWORD in_size, void *out, DWORD out_size)
{
    DWORD done = 0;

    if (!DeviceIoControl(device, code, in, in_size, out, out_size, &done, NULL)) {
        printf("code %08lx: error %lu\n", code, GetLastError());
        return 0xFFFFFFFFu;
    }
    return done;
}

/* The error with which a request ended, 0 for success. */
static DWORD end_of(HANDLE handle, OVERLAPPED *request)
{
    DWORD done = 0;

    return GetOverlappedResult(handle, request, &done, TRUE) ? 0 : GetLastError();
}

/* Starts HARNESS_WAIT; 997 (ERROR_IO_PENDING) if it waits. */
static DWORD start_wait(HANDLE handle, char *answer, OVERLAPPED *request)
{
    DWORD done;

    return DeviceIoControl(handle, HARNESS_WAIT, NULL, 0, answer, 1, &done, request)
               ? 0
               : GetLastError();
}

static DWORD wake(HANDLE handle, OVERLAPPED *request)
{
    char data = 'x';
    DWORD done;

    if (DeviceIoControl(handle, HARNESS_WAKE, &data, 1, NULL, 0, &done, request))
        return 0;
    return GetLastError() == ERROR_IO_PENDING ? end_of(handle, request) : GetLastError();
}

static void check_waiting(void)
{
    OVERLAPPED first = {0}, second = {0}, waker = {0};
    char answer = 0, unused = 0;
    HANDLE handle = CreateFileA("\\\\.\\Harness", GENERIC_READ | GENERIC_WRITE, 0, NULL,
                                OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);

    first.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    second.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    waker.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    expect(start_wait(handle, &answer, &first) == ERROR_IO_PENDING, "pending");
    expect(start_wait(handle, &unused, &second) == ERROR_IO_PENDING, "pending too");
    expect(wake(handle, &waker) == 0 && end_of(handle, &first) == 0 && answer == 'x',
           "woken in order");
    expect(CancelIoEx(handle, &second) && end_of(handle, &second) == ERROR_OPERATION_ABORTED,
           "cancelled");
    expect(wake(handle, &waker) == ERROR_NOT_FOUND, "nobody waits");
    expect(start_wait(handle, &unused, &second) == ERROR_IO_PENDING, "pending at close");
    CloseHandle(handle);
    expect(WaitForSingleObject(second.hEvent, 5000) == WAIT_OBJECT_0, "cancelled by close");
}

int main(void)
{
    char buffered[] = "HAL", direct[] = {1, 2, 3, 4}, first = 10, filled[3], inverted[] = {0, 1};
    DWORD sum = 0;

    device = CreateFileA("\\\\.\\Harness", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0,
                         NULL);
    if (device == INVALID_HANDLE_VALUE) {
        printf("CreateFile: error %lu\n", GetLastError());
        return 1;
    }
    expect(call(HARNESS_BUFFERED, buffered, 3, buffered, 3) == 3 && !strcmp(buffered, "IBM"),
           "buffered");
    expect(call(HARNESS_IN_DIRECT, NULL, 0, direct, 4) == 0, "in_direct");
    expect(call(HARNESS_GET, NULL, 0, &sum, 4) == 4 && sum == 10, "sum");
    expect(call(HARNESS_OUT_DIRECT, &first, 1, filled, 3) == 3 && !memcmp(filled, "\n\v\f", 3),
           "out_direct");
    expect(call(HARNESS_NEITHER, inverted, 2, inverted, 2) == 2 && !memcmp(inverted, "\xff\xfe", 2),
           "neither");
    CloseHandle(device);
    check_waiting();
    return failures != 0;
}
