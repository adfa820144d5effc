#include_next <linux/limits.h>
#include "kernel.h"
