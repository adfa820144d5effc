/*
 * kgen_linux.h - the Linux side of every interface that kgen generates.
 *
 * Copied as it is by kgen. One module may carry several interfaces, each with a device of its own.
 */
#ifndef KGEN_LINUX_H
#define KGEN_LINUX_H

#include <linux/fs.h>
#include <linux/types.h>

#include "kgen_handles.h"
#include "kgen_pointers.h"
#include "kgen_objects.h"

/* What an argument has, in this order. */
#define KGEN_LINUX_REPLY        0x01u /* in place */
#define KGEN_LINUX_REPLY_BUFFER 0x02u /* elsewhere, through a struct kgen_linux_buffer */
#define KGEN_LINUX_DATA_BUFFER  0x04u
#define KGEN_LINUX_REQUEST      0x08u /* with KGEN_LINUX_REPLY at the same place: one message */

/* How an argument names memory elsewhere. */
struct kgen_linux_buffer {
    __aligned_u64 pointer;
    __u32 length; /* bytes */
    __u32 done;   /* of them the driver filled; written last */
};

enum kgen_linux_order {
    KGEN_LINUX_NATIVE_ORDER,
    KGEN_LINUX_LITTLE_ENDIAN,
    KGEN_LINUX_BIG_ENDIAN,
};

/* Whose argument it is: another where a message has words of the machine. */
enum kgen_linux_callers {
    KGEN_LINUX_ALL,
    KGEN_LINUX_WIDE,   /* of as many bits as the kernel has */
    KGEN_LINUX_NARROW, /* 32-bit callers of a 64-bit kernel */
};

/* A number as those have it whose argument is a `type`. */
#define KGEN_LINUX_RESIZED(number, type) \
    _IOC(_IOC_DIR(number), _IOC_TYPE(number), _IOC_NR(number), sizeof(type))

/* One row per ioctl: where the parts of its argument are. What is not named is zero; in bytes. */
struct kgen_linux_ioctl {
    unsigned int number; /* as this version of the interface has it */
    uint32_t code;       /* as the core knows it */
    uint32_t access;     /* KGEN_READ_ACCESS, KGEN_WRITE_ACCESS */
    enum kgen_linux_callers callers;
    bool grows; /* the size in a number tells how much of it the caller knows */

    uint32_t parts; /* KGEN_LINUX_* */
    uint32_t reply_size;
    uint32_t data_buffer; /* offsets; a reply and its buffer are at 0 */
    uint32_t request;
    uint32_t request_size; /* up to its tail */

    /* What counts the tail, from the start of the request; a size of 0: there is none. */
    uint32_t count;
    uint32_t count_size;
    uint32_t count_unit;
    enum kgen_linux_order count_order;
};

/* Whose request it is, as an interface's core is told. */
struct kgen_linux_caller {
    void *device; /* the author's state, of device_size and open_size bytes */
    void *open;
    bool is_32_bit; /* under a 64-bit kernel */
    struct file *file;
    struct kgen_handle *handles;        /* that it was given, referenced */
    const struct kgen_pointed *pointed; /* copies of what it points to */
    struct kgen_holds *holds;           /* what it holds of the objects of its open */
};

/* One interface: its device, and the way into its core. All answers are 0 or a negative errno. */
struct kgen_linux_interface {
    const char *name;
    const char *node; /* below /dev */
    umode_t mode;
    bool exclusive;     /* one open at a time */
    bool serialised;    /* one handler at a time */
    int capability;     /* that every caller needs; KGEN_LINUX_NO_CAPABILITY */
    size_t device_size; /* of the author's state; zeroed before start and open */
    size_t open_size;
    const struct kgen_linux_ioctl *ioctls;
    size_t ioctl_count;

    int (*start)(void *device);
    void (*stop)(void *device);
    int (*open)(void *device, void *open);
    void (*cleanup)(void *device, void *open);
    void (*close)(void *device, void *open);
    int (*plan)(uint32_t code, uint32_t access, const struct kgen_lengths *lengths,
                struct kgen_plan *plan);
    /* NULL where no code has any */
    int (*take_handles)(const struct kgen_plan *plan, void *captured,
                        const struct kgen_handle_caller *caller, struct kgen_handle *handles);
    /* the same */
    int (*take_pointers)(const struct kgen_plan *plan, void *captured,
                         const struct kgen_pointer_caller *caller, struct kgen_pointed *pointed);
    int (*run)(const struct kgen_linux_caller *caller, const struct kgen_plan *plan, void *scratch,
               void *out, struct kgen_data *data, size_t *written);

    /* Its tracepoints: a call that was answered; and why one was refused, where `field` may be "". */
    void (*answered)(unsigned int number, bool is_32_bit, int answer);
    void (*refused)(const char *ioctl, const char *field, const char *rule);
};

#define KGEN_LINUX_NO_CAPABILITY (-1)

/*
 * For the module's init function: make one device per interface. Where one fails, those before it
 * are undone, and the function returns what this returns.
 */
int kgen_linux_start(const struct kgen_linux_interface *const *interfaces, size_t count);

/* For the module's exit function: undo all of it. */
void kgen_linux_stop(void);

/* The tracepoint of the interface that a place is in; `text` is what kgen_place_text makes of it. */
void kgen_linux_refused(const struct kgen_place *place, const char *text, enum kgen_rule rule);

/* An open device of this module. */
bool kgen_linux_is_own(const struct file *file);

#endif /* KGEN_LINUX_H */
