/* world.h - what the program makes the kernel do, and what it saw of the adapter. */
#ifndef WORLD_H
#define WORLD_H

#include "kernel.h"

enum {
    ARENA = 1 << 16,
    FILES = 16,
    SECRET = 0x5E
};

struct world {
    u8 *arena;  /* the memory of the caller */
    size_t end; /* bytes of it that are there */
    bool fetched[ARENA];
    bool written[ARENA];
    bool races; /* every fetch is followed by changes */

    unsigned int fail_copy; /* the n-th */
    unsigned int fail_allocation;
    bool killed;
    bool capable;
    bool is_compat;
    bool refuse_device;

    int blocks;
    int locked;
    int spinning;
    int events;
    size_t largest; /* allocation asked for */
    struct miscdevice *device;
    struct file files[FILES]; /* the caller's descriptors; the count of one that is open is 1 */
    char trace[256];

    unsigned long long seed;
    int failures;
    const char *doing;
};

extern struct world world;

void make_arena(void);
unsigned int draw(unsigned int below);
void expect(const char *file, int line, const char *what, bool good);
#define EXPECT(condition) expect(__FILE__, __LINE__, #condition, (condition))

#endif /* WORLD_H */
