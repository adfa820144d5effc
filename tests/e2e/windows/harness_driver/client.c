/* The C client of the harness driver: each transfer method once, from a Windows program. Exit status 0: all as expected. */
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
    return failures != 0;
}
