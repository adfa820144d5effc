#include <linux/ioctl.h>
#include <linux/types.h>

struct gizmo_entry {
    unsigned long inode;
    __u32 flags;
};

/* What it is depends on the pointers of the caller. */
#define GIZMO_CALL _IO('g', 16 - sizeof(void *))
#define GIZMO_STAMP (sizeof(long) == 8 ? 0x6708 : _IOR('g', 9, struct gizmo_entry))

#if defined(__x86_64__)
/* Of one processor alone. */
#define GIZMO_TRAP _IOWR('g', 10, struct gizmo_entry)
struct gizmo_wide {
    __u64 low, high;
};
#define GIZMO_WIDE _IOW('g', 11, struct gizmo_wide)
#else
#define GIZMO_RELIC _IO('g', 12)
#endif
#define GIZMO_PLAIN _IO('g', 13)
