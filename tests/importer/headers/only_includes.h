#include <linux/ioctl.h>
#include "scalars.h"
