/* checks.h - what a client program of these tests says: each failed check, and how many there were. */
#ifndef CHECKS_H
#define CHECKS_H

#include <stdio.h>

/* What differs between the systems: on Linux several errors share one errno. */
#if defined(_WIN32)
#define EITHER(windows, linux) (windows)
#define NO_PATH                "\\\\.\\NoVault"
#define IS_NOT_THERE           (GetLastError() == ERROR_FILE_NOT_FOUND)
#else
#define EITHER(windows, linux) (linux)
#define NO_PATH                "/dev/no_vault"
#define IS_NOT_THERE           (errno == ENOENT)
#endif

static int checks;
static int failures;

#define CHECK(condition) check((condition) ? 1 : 0, #condition, __LINE__)

static void check(int holds, const char *condition, int line)
{
    checks++;
    if (holds)
        return;
    failures++;
    printf("line %d: %s\n", line, condition);
}

static int summary(void)
{
    printf("%d of %d checks failed\n", failures, checks);
    return failures != 0;
}

#endif /* CHECKS_H */
