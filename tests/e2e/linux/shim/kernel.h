/*
 * kernel.h - as much of a Linux kernel as the adapter calls, in a program.
 *
 * Memory of the caller is an arena: what is outside of it faults. What is done to it is noted, so that
 * the program can tell what was read twice and what was written. Every allocation is a block of its own.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <errno.h>
#include <linux/ioctl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef unsigned int fmode_t;
typedef unsigned short umode_t;
typedef unsigned int gfp_t;
#define U32_MAX UINT32_MAX

#if defined(__CHECKER__)
#define __user        __attribute__((noderef, address_space(1)))
#define __force       __attribute__((force))
#define __acquires(x) __attribute__((context(x, 0, 1)))
#define __releases(x) __attribute__((context(x, 1, 0)))
#else
#define __user
#define __force
#define __acquires(x)
#define __releases(x)
#endif
#define __aligned(n) __attribute__((aligned(n)))
#define __init
#define __exit
#define THIS_MODULE             NULL
#define KBUILD_MODNAME          "probe"
#define GFP_KERNEL              1u
#define GFP_KERNEL_ACCOUNT      2u
#define __GFP_NOWARN            4u
#define FMODE_READ              1u
#define FMODE_WRITE             2u
#define MISC_DYNAMIC_MINOR      255
#define LINUX_VERSION_CODE      KERNEL_VERSION(6, 1, 0)
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))

#define container_of(pointer, type, member) \
    ((type *)((char *)(uintptr_t)(pointer)-offsetof(type, member)))
#define min_t(type, a, b)             ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max(a, b)                     ((a) > (b) ? (a) : (b))
#define struct_size(p, member, count) (sizeof(*(p)) + (count))
#define u64_to_user_ptr(value)        ((void __user *)(uintptr_t)(value))
#define compat_ptr(value)             ((void __user *)(uintptr_t)(uint32_t)(value))

static inline size_t size_add(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static inline size_t size_mul(size_t a, size_t b)
{
    return b != 0 && a > SIZE_MAX / b ? SIZE_MAX : a * b;
}

/* This machine is little-endian. */
#define be16_to_cpu(value) __builtin_bswap16(value)
#define be32_to_cpu(value) __builtin_bswap32(value)
#define be64_to_cpu(value) __builtin_bswap64(value)
#define cpu_to_be16(value) __builtin_bswap16(value)
#define cpu_to_be32(value) __builtin_bswap32(value)
#define cpu_to_be64(value) __builtin_bswap64(value)
#define le16_to_cpu(value) (value)
#define le32_to_cpu(value) (value)
#define le64_to_cpu(value) (value)
#define cpu_to_le16(value) (value)
#define cpu_to_le32(value) (value)
#define cpu_to_le64(value) (value)

/* ---- Memory, locks, lists --------------------------------------------------------------------- */

void *kvzalloc(size_t size, gfp_t flags);
void kvfree(const void *memory);

static inline void memzero_explicit(void *memory, size_t size)
{
    memset(memory, 0, size);
}

struct mutex {
    int held;
};

typedef struct {
    int held;
} spinlock_t;

typedef struct {
    int counter;
} atomic_t;

#define ATOMIC_INIT(value) \
    {                      \
        (value)            \
    }

void mutex_init(struct mutex *lock);
void mutex_lock(struct mutex *lock);
int mutex_lock_killable(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void spin_lock_init(spinlock_t *lock);
void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

static inline void atomic_set(atomic_t *value, int to)
{
    value->counter = to;
}

static inline int atomic_inc_return(atomic_t *value)
{
    return ++value->counter;
}

static inline int atomic_cmpxchg(atomic_t *value, int old, int to)
{
    int was = value->counter;

    if (was == old)
        value->counter = to;
    return was;
}

struct list_head {
    struct list_head *next, *prev;
};

#define LIST_HEAD(name) struct list_head name = {&(name), &(name)}

static inline void list_add(struct list_head *item, struct list_head *head)
{
    item->next = head->next;
    item->prev = head;
    head->next->prev = item;
    head->next = item;
}

static inline void list_del(struct list_head *item)
{
    item->next->prev = item->prev;
    item->prev->next = item->next;
}

#define list_for_each_entry_safe(at, after, head, member)               \
    for (at = container_of((head)->next, __typeof__(*at), member),      \
        after = container_of(at->member.next, __typeof__(*at), member); \
         &at->member != (head);                                         \
         at = after, after = container_of(after->member.next, __typeof__(*after), member))

/* ---- The caller -------------------------------------------------------------------------------- */

bool access_ok(const void __user *at, size_t size);
unsigned long copy_from_user(void *to, const void __user *from, unsigned long size);
unsigned long copy_to_user(void __user *to, const void *from, unsigned long size);
unsigned long clear_user(void __user *to, unsigned long size);
size_t fault_in_safe_writeable(const char __user *at, size_t size);
#define put_user(value, at)                                                     \
    ({                                                                          \
        __typeof__(value) put_value_ = (value);                                 \
        copy_to_user((at), &put_value_, sizeof(put_value_)) != 0 ? -EFAULT : 0; \
    })
bool capable(int capability);
bool in_compat_syscall(void);

/* ---- Files ------------------------------------------------------------------------------------- */

struct inode;
struct file;

struct file_operations {
    void *owner;
    int (*open)(struct inode *inode, struct file *file);
    int (*release)(struct inode *inode, struct file *file);
    long (*unlocked_ioctl)(struct file *file, unsigned int number, unsigned long argument);
    long (*compat_ioctl)(struct file *file, unsigned int number, unsigned long argument);
};

struct file {
    fmode_t f_mode;
    void *private_data;
    const struct file_operations *f_op;
    int count;
    bool is_event;
    int signalled;
};

struct miscdevice {
    int minor;
    const char *name;
    const struct file_operations *fops;
    umode_t mode;
};

int misc_register(struct miscdevice *device);
void misc_deregister(struct miscdevice *device);
int nonseekable_open(struct inode *inode, struct file *file);

struct file *fget(unsigned int number);
struct file *get_file(struct file *file);
void fput(struct file *file);

struct eventfd_ctx;
struct eventfd_ctx *eventfd_ctx_fileget(struct file *file);
void eventfd_ctx_put(struct eventfd_ctx *event);
u64 eventfd_signal(struct eventfd_ctx *event, u64 count);

static inline bool IS_ERR(const void *pointer)
{
    return (uintptr_t)pointer >= (uintptr_t)-4095;
}

/* ---- The log, and what a module says of itself --------------------------------------------------- */

void note_debug(const char *format, ...);
#define pr_debug(format, ...) note_debug(pr_fmt(format), __VA_ARGS__)

extern int (*module_start)(void);
extern void (*module_stop)(void);
#define module_init(function)    int (*module_start)(void) = (function)
#define module_exit(function)    void (*module_stop)(void) = (function)
#define MODULE_DESCRIPTION(text) extern int unused_for_semicolon_
#define MODULE_VERSION(text)     extern int unused_for_semicolon_
#define MODULE_LICENSE(text)     extern int unused_for_semicolon_

#endif /* KERNEL_H */
