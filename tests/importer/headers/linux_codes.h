#include <linux/ioctl.h>
#include <linux/types.h>
struct depot_item { __u64 id; unsigned long size; };
struct depot_large { __u8 bytes[9000]; };
#define DEPOT_MAGIC 'd'
#define DEPOT_RESET _IO(DEPOT_MAGIC, 0)	/* forget all */
#define DEPOT_GET _IOR(DEPOT_MAGIC, 1, struct depot_item)
#define DEPOT_SET _IOW(DEPOT_MAGIC, 2, struct depot_item)
#define DEPOT_SWAP _IOWR(DEPOT_MAGIC, 3, struct depot_item)
#define DEPOT_LEVEL _IOR(DEPOT_MAGIC, 4, int)
#define DEPOT_ROOM _IOR(DEPOT_MAGIC, 5, unsigned long)
#define DEPOT_POINTER _IOW(DEPOT_MAGIC, 6, void *)
#define DEPOT_NAME(len) _IOC(_IOC_READ, DEPOT_MAGIC, 7, len)
#define DEPOT_LARGE _IOR(DEPOT_MAGIC, 8, struct depot_large)
#define DEPOT_LIES _IOR(DEPOT_MAGIC, 9, sizeof(struct depot_item))
#define DEPOT_TEXT _IOR(DEPOT_MAGIC, 10, char[32])
#define DEPOT_RAW _IOC(_IOC_WRITE, DEPOT_MAGIC, 11, 12)
#define DEPOT_SIZED _IOC(_IOC_READ | _IOC_WRITE, DEPOT_MAGIC, 12, sizeof(struct depot_item))
#define DEPOT_SAME DEPOT_GET
#define DEPOT_HELPER(nr, type) _IOWR(DEPOT_MAGIC, 0x40 + (nr), type)
#define DEPOT_HELPED DEPOT_HELPER(2, struct depot_item)
#define DEPOT_SUM _IO(DEPOT_MAGIC, (3 + 4) << 1)
#define DEPOT_PLAIN 0x6401
enum { DEPOT_IN_ENUM = _IOR(DEPOT_MAGIC, 13, __u32), DEPOT_NOT_A_CODE };
