#include <linux/ioctl.h>
#define DEPOT_DRIVER "depot"
#define DEPOT_RATIO 1.5
#define DEPOT_SLOT(n) _IOR('d', 0x20 + (n), int)
#define DEPOT_BITS(ev, len) _IOC(_IOC_READ, 'd', 0x40 + (ev), len)
#define DEPOT_LARGEST (sizeof(long) * 4)
struct vector { float parts __attribute__((vector_size(16))); int more; };
