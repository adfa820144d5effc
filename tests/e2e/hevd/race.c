/*
 * race.c - what only a program can do to the simulated driver: change memory while it is looked at,
 * and pass addresses that are none of its own.
 *
 *     race neither    another thread changes the count of a request of METHOD_NEITHER
 *     race data       another thread changes the length in a data buffer; a sanitizer ends it
 *     race pointers   addresses of the kernel as the place of the reply
 *
 * Prints how often each status came.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "hevd.h"
#include "kgen_sim.h"

enum {
    CALLS = 50000,
    SEEN = 100, /* answers to either value that a race must have brought */
    MOST_CALLS = 20000000,
};

static _Atomic uint32_t *contested;
static uint32_t good, bad;
static atomic_bool stop;

static void *change(void *unused)
{
    while (!atomic_load(&stop)) {
        atomic_store(contested, bad);
        atomic_store(contested, good);
    }
    return unused;
}

/* Send the request until the driver has answered to either value often enough. */
static void race(struct kgen_sim_open *open, struct kgen_sim_request request, const uint32_t *sum,
                 unsigned least)
{
    unsigned done = 0;
    unsigned refused = 0;
    unsigned wrong = 0;
    unsigned calls;
    pthread_t thread;

    if (pthread_create(&thread, NULL, change, NULL) != 0)
        exit(2);
    for (calls = 0; calls < MOST_CALLS; calls++) {
        uint32_t status = kgen_sim_control(open, &request);

        if (status == 0 && (sum == NULL || *sum == good * 'A'))
            done++;
        else if (status == 0xC000000D)
            refused++;
        else
            wrong++;
        if (calls >= least && done >= SEEN && refused >= SEEN)
            break;
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    printf("%s, %u wrong\n", done >= SEEN && refused >= SEEN ? "both" : "one", wrong);
}

static void race_neither(struct kgen_sim_open *open)
{
    static unsigned char bytes[4 + HEVD_BUFFER_SIZE];
    uint32_t sum;

    memset(bytes, 'A', sizeof(bytes));
    contested = (void *)bytes;
    good = HEVD_BUFFER_SIZE;
    bad = HEVD_BUFFER_SIZE + 4096;
    race(open,
         (struct kgen_sim_request){.code = IOCTL_HEVD_DOUBLE_FETCH,
                                   .in = bytes,
                                   .in_size = sizeof(bytes),
                                   .out = &sum,
                                   .out_size = sizeof(sum)},
         &sum, CALLS);
}

static void race_data(struct kgen_sim_open *open)
{
    static unsigned char bytes[4 + HEVD_OBJECT_SIZE];

    memset(bytes, 'A', sizeof(bytes));
    contested = (void *)bytes;
    good = HEVD_OBJECT_SIZE;
    bad = HEVD_OBJECT_SIZE + 4096;
    race(open,
         (struct kgen_sim_request){
             .code = IOCTL_HEVD_DOUBLE_FETCH_DATA, .out = bytes, .out_size = sizeof(bytes)},
         NULL, MOST_CALLS);
}

static void pointers(struct kgen_sim_open *open)
{
    void *const places[] = {NULL, (void *)(UINTPTR_MAX - 4096), (void *)(UINTPTR_MAX - 3),
                            (void *)(UINTPTR_MAX / 2 + 1)};
    size_t i;

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct kgen_sim_request request = {
            .code = IOCTL_HEVD_WRITE_NULL, .out = places[i], .out_size = 8};
        uint32_t status = kgen_sim_control(open, &request);

        printf("%08x %u\n", status, request.information);
    }
}

int main(int count, char **arguments)
{
    const struct kgen_sim_caller caller = {KGEN_READ_ACCESS | KGEN_WRITE_ACCESS, false, false};
    const char *what = count > 1 ? arguments[1] : "";
    struct kgen_sim_device *device;
    struct kgen_sim_open *open;

    if (kgen_sim_start(NULL, &device) != 0 || kgen_sim_open(device, &caller, &open) != 0)
        return 2;
    if (strcmp(what, "neither") == 0)
        race_neither(open);
    else if (strcmp(what, "data") == 0)
        race_data(open);
    else
        pointers(open);
    kgen_sim_close(open);
    kgen_sim_stop(device);
    return 0;
}
