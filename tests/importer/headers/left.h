#include <linux/ioctl.h>
#define DEPOT_DRIVER "depot"
#define DEPOT_RATIO 1.5
#define DEPOT_TWICE(n) _IOR('d', 0x20 + 2 * (n), int)
#define DEPOT_OF(num, type) _IOR('d', num, type)
#define DEPOT_LARGEST (sizeof(long) * 4)
struct vector { float parts __attribute__((vector_size(16))); int more; };
