/* kernel.c - the kernel of kernel.h: memory of the caller, allocations, locks and files, each of them counted. */
#include "kernel.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

#include "world.h"

struct world world;

void expect(const char *file, int line, const char *what, bool good)
{
    if (good)
        return;
    printf("%s:%d: %s (%s)\n", file, line, what, world.doing);
    world.failures++;
}

unsigned int draw(unsigned int below)
{
    world.seed = world.seed * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned int)(world.seed >> 33) % below;
}

/* One operation of a kind that is made to fail: the n-th, counted from 1. */
static bool fails(unsigned int *countdown)
{
    if (*countdown == 0)
        return false;
    *countdown -= 1;
    return *countdown == 0;
}

/* ---- Memory of the caller ---------------------------------------------------------------------- */

void make_arena(void)
{
    /* Below 4 GiB, so that a 32-bit caller has it too. */
    void *memory =
        mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

    if (memory == MAP_FAILED)
        abort();
    world.arena = memory;
    world.end = ARENA;
}

/* How many of the bytes are there. */
static size_t there(uintptr_t at, size_t size)
{
    uintptr_t first = (uintptr_t)world.arena;

    if (at < first || at > first + world.end)
        return 0;
    return min_t(size_t, size, first + world.end - at);
}

bool access_ok(const void __user *at, size_t size)
{
    const uintptr_t limit = (uintptr_t)1 << 47;

    return size <= limit && (uintptr_t)at <= limit - size;
}

/* Whatever another thread of the caller may do between two fetches. */
static void race(void)
{
    unsigned int i;

    for (i = 0; world.races && i < 40; i++)
        world.arena[draw((unsigned int)world.end)] = (u8)draw(256);
    if (world.races && draw(4) == 0)
        memset(world.arena, (int)draw(SECRET), world.end);
}

unsigned long copy_from_user(void *to, const void __user *from, unsigned long size)
{
    size_t got = access_ok(from, size) ? there((uintptr_t)from, size) : 0;
    size_t at = (uintptr_t)from - (uintptr_t)world.arena;
    size_t i;

    EXPECT(world.spinning == 0);
    if (fails(&world.fail_copy))
        got = got > 0 ? draw((unsigned int)min_t(size_t, got, 65536)) : 0;
    if (got > 0)
        memcpy(to, (const void __force *)from, got);
    memset((char *)to + got, 0, size - got);
    for (i = 0; i < got; i++) {
        EXPECT(!world.fetched[at + i]);
        world.fetched[at + i] = true;
    }
    race();
    return size - got;
}

unsigned long copy_to_user(void __user *to, const void *from, unsigned long size)
{
    size_t put = access_ok(to, size) ? there((uintptr_t)to, size) : 0;

    EXPECT(world.spinning == 0);
    if (fails(&world.fail_copy))
        put = 0;
    if (put == 0)
        return size;
    memcpy((void __force *)to, from, put);
    memset(world.written + ((uintptr_t)to - (uintptr_t)world.arena), 1, put);
    race();
    return size - put;
}

unsigned long clear_user(void __user *to, unsigned long size)
{
    static const char zeroes[1 << 14];

    EXPECT(size <= sizeof(zeroes));
    return copy_to_user(to, zeroes, size);
}

size_t fault_in_safe_writeable(const char __user *at, size_t size)
{
    EXPECT(size > 0 && world.spinning == 0);
    if (fails(&world.fail_copy))
        return size;
    return size - (access_ok(at, size) ? there((uintptr_t)at, size) : 0);
}

bool capable(int capability)
{
    EXPECT(capability == 17);
    return world.capable;
}

bool in_compat_syscall(void)
{
    return world.is_compat;
}

/* ---- Memory, locks ------------------------------------------------------------------------------ */

struct block {
    size_t size;
    size_t pad;
    u8 bytes[];
};

void *kvzalloc(size_t size, gfp_t flags)
{
    struct block *block;

    EXPECT(world.spinning == 0);
    EXPECT(flags == GFP_KERNEL || (flags & GFP_KERNEL_ACCOUNT) != 0);
    world.largest = size > world.largest ? size : world.largest;
    if (fails(&world.fail_allocation) || size > INT_MAX)
        return NULL;
    block = calloc(1, sizeof(*block) + size);
    if (block == NULL)
        abort();
    block->size = size;
    world.blocks++;
    return block->bytes;
}

void kvfree(const void *memory)
{
    struct block *block;
    size_t i;
    size_t run = 0;

    if (memory == NULL)
        return;
    block = container_of(memory, struct block, bytes);
    for (i = 0; i < block->size; i++) {
        run = block->bytes[i] == SECRET ? run + 1 : 0;
        EXPECT(run < 4);
    }
    world.blocks--;
    free(block);
}

void mutex_init(struct mutex *lock)
{
    lock->held = 0;
}

void mutex_lock(struct mutex *lock)
{
    EXPECT(lock->held == 0 && world.spinning == 0);
    lock->held = 1;
    world.locked++;
}

int mutex_lock_killable(struct mutex *lock)
{
    if (world.killed)
        return -EINTR;
    mutex_lock(lock);
    return 0;
}

void mutex_unlock(struct mutex *lock)
{
    EXPECT(lock->held == 1);
    lock->held = 0;
    world.locked--;
}

void spin_lock_init(spinlock_t *lock)
{
    lock->held = 0;
}

void spin_lock(spinlock_t *lock)
{
    EXPECT(lock->held == 0 && world.spinning == 0);
    lock->held = 1;
    world.spinning++;
}

void spin_unlock(spinlock_t *lock)
{
    EXPECT(lock->held == 1);
    lock->held = 0;
    world.spinning--;
}

/* ---- Files -------------------------------------------------------------------------------------- */

int misc_register(struct miscdevice *device)
{
    EXPECT(strcmp(device->name, "probe") == 0 && device->mode == 0640);
    if (world.refuse_device)
        return -EBUSY;
    world.device = device;
    return 0;
}

void misc_deregister(struct miscdevice *device)
{
    EXPECT(device == world.device);
    world.device = NULL;
}

int nonseekable_open(struct inode *inode, struct file *file)
{
    (void)inode;
    (void)file;
    return 0;
}

struct file *fget(unsigned int number)
{
    if (number >= FILES || world.files[number].count == 0)
        return NULL;
    return get_file(&world.files[number]);
}

struct file *get_file(struct file *file)
{
    file->count++;
    return file;
}

void fput(struct file *file)
{
    EXPECT(file->count > 1 && world.spinning == 0);
    file->count--;
}

struct eventfd_ctx *eventfd_ctx_fileget(struct file *file)
{
    EXPECT(file->count > 1);
    if (!file->is_event)
        return (struct eventfd_ctx *)(intptr_t)-EINVAL;
    world.events++;
    return (struct eventfd_ctx *)(void *)file;
}

void eventfd_ctx_put(struct eventfd_ctx *event)
{
    (void)event;
    world.events--;
}

u64 eventfd_signal(struct eventfd_ctx *event, u64 count)
{
    ((struct file *)(void *)event)->signalled += (int)count;
    return count;
}

/* Formatted, so that a sanitizer sees a text that is none. */
void note_debug(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(world.trace, sizeof(world.trace), format, arguments);
    va_end(arguments);
}
