/*
 * Random calls of several threads on one device: numbers near those that there are, arguments of random bytes
 * with a good one's now and then, descriptors and addresses of all kinds, memory that ends anywhere.
 *
 *   storm DEVICE CALLS SEED NUMBER...
 *
 * Nothing is expected of an answer but that it is one: 0 or an errno of the interface. The bytes around what
 * was handed over stay as they were. Prints how many calls each answer came for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE    4096u
#define THREADS 3
#define WATCHED 64u
#define POISON  0xC3
#define ERRORS  256

struct worker {
    pthread_t thread;
    uint64_t random;
    unsigned char *memory; /* two pages, and then one that cannot be touched */
    unsigned char *elsewhere;
    unsigned long came[ERRORS];
    unsigned long wrong;
};

static const char *path;
static unsigned long calls;
static unsigned int numbers[64];
static int number_count;

static uint32_t draw(struct worker *worker, uint32_t limit)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return (uint32_t)((worker->random >> 16) % limit);
}

static unsigned char *pages(void)
{
    unsigned char *at =
        mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED || mprotect(at + 2 * PAGE, PAGE, PROT_NONE) != 0) {
        perror("mmap");
        exit(2);
    }
    return at;
}

/* None of it is memory of this program, also not in 32 bits; but for the last. */
static uint64_t any_address(struct worker *worker)
{
    switch (draw(worker, 8)) {
    case 0:
        return 0;
    case 1:
        return 0xFFFF888000000000u + draw(worker, 1 << 20);
    case 2:
        return ~(uint64_t)draw(worker, 64);
    case 3:
        return worker->random << 32 | draw(worker, PAGE) | UINT64_C(1) << 63;
    default:
        return (uint64_t)(uintptr_t)(worker->elsewhere + 2 * PAGE) - draw(worker, 2048);
    }
}

static uint32_t any_length(struct worker *worker)
{
    static const uint32_t lengths[] = {0, 1, 8, 56, 776, 1032, 1u << 20, (1u << 20) + 1,
                                       0xFFFFFFFFu};

    return draw(worker, 3) == 0 ? draw(worker, 2048) : lengths[draw(worker, 9)];
}

static void fill(struct worker *worker, unsigned char *at, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        at[i] = draw(worker, 2) == 0 ? 0 : (unsigned char)draw(worker, 256);
    /* Small numbers, where a request has its numbers; and a descriptor, where one begins with that. */
    for (i = 0; i + 4 <= size && i < 24; i += 4)
        if (draw(worker, 2) == 0)
            memcpy(at + i, &(uint32_t){draw(worker, 4)}, 4);
    if (size >= 16 && draw(worker, 3) != 0) {
        memcpy(at, &(uint64_t){any_address(worker)}, 8);
        memcpy(at + 8, &(uint32_t){any_length(worker)}, 4);
    }
    if (size >= 64 && draw(worker, 2) == 0)
        memcpy(at + 60, &(uint32_t){draw(worker, 1100)}, 4);
}

static int is_stray(const unsigned char *from, const unsigned char *to)
{
    while (from < to)
        if (*from++ != POISON)
            return 1;
    return 0;
}

static void one(struct worker *worker, int device)
{
    unsigned int number = numbers[draw(worker, (uint32_t)number_count)];
    size_t mapped = draw(worker, 3) == 0 ? draw(worker, 80) : 80 + draw(worker, 1200);
    unsigned char *at = worker->memory + 2 * PAGE - mapped;
    uintptr_t argument = (uintptr_t)at;
    int error;

    if (draw(worker, 8) == 0)
        number ^= 1u << draw(worker, 32);
    if (draw(worker, 16) == 0)
        argument = (uintptr_t)any_address(worker);
    memset(at - WATCHED, POISON, WATCHED);
    fill(worker, at, mapped);
    error = ioctl(device, number, argument) == 0 ? 0 : errno;
    if (error < 0 || error >= ERRORS)
        worker->wrong++;
    else
        worker->came[error]++;
    if (argument == (uintptr_t)at && is_stray(at - WATCHED, at))
        worker->wrong++;
}

static void *work(void *argument)
{
    static const int modes[] = {O_RDWR, O_RDWR, O_RDONLY, O_WRONLY};
    struct worker *worker = argument;
    unsigned long i;
    int device = -1;

    for (i = 0; i < calls; i++) {
        if (device < 0 || draw(worker, 200) == 0) {
            if (device >= 0)
                close(device);
            device = open(path, modes[draw(worker, 4)] | O_CLOEXEC);
        }
        if (device < 0)
            worker->wrong++;
        else
            one(worker, device);
    }
    return NULL;
}

int main(int count, char **words)
{
    static struct worker workers[THREADS];
    unsigned long came, wrong = 0;
    unsigned int i, error;

    if (count < 5 || count > 4 + 64)
        return 2;
    path = words[1];
    calls = strtoul(words[2], NULL, 0);
    for (number_count = 0; number_count < count - 4; number_count++)
        numbers[number_count] = (unsigned int)strtoul(words[4 + number_count], NULL, 0);
    for (i = 0; i < THREADS; i++) {
        workers[i].random = ((uint64_t)strtoull(words[3], NULL, 0) + i + 1u) * UINT64_C(0x9E3779B97F4A7C15);
        workers[i].memory = pages();
        workers[i].elsewhere = pages();
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            return 2;
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        wrong += workers[i].wrong;
    }
    for (error = 0; error < ERRORS; error++) {
        for (came = 0, i = 0; i < THREADS; i++)
            came += workers[i].came[error];
        if (came != 0)
            printf("%u %lu\n", error, came);
    }
    if (wrong != 0)
        printf("wrong: %lu\n", wrong);
    return wrong != 0;
}
