#include <linux/capability.h>
#define CAP_SYS_RAWIO 17
