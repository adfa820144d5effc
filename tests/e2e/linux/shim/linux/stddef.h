#include_next <linux/stddef.h>
#include "kernel.h"
