#include <linux/ioctl.h>
#include <linux/types.h>
struct depot_slot { __u32 slot; unsigned long size; };
/* One of many. */
#define DEPOT_SLOT(n) _IOR('d', 0x20 + (n), int)
#define DEPOT_BITS(ev, len) _IOC(_IOC_READ, 'd', 0x40 + (ev), len)
#define DEPOT_SWAP(len, ev) _IOC(_IOC_WRITE, 'd', 0x60 + (ev), len)
#define DEPOT_FILL(slot) _IOW('d', 0x80 + (slot), struct depot_slot)
#define DEPOT_LOG(s) _IO('d', 9)
#define DEPOT_SHIFT(n) _IO('d', 1 << (n))
#define DEPOT_BOTH(a, b) _IO('d', (a) + (b))
#define DEPOT_BANK(n) _IO('d' + (n), 1)
#define DEPOT_MANY(n) _IOW('d', 2, char[8 * (n)])
