/*
 * kgen_linux_handles.h - handles of the caller, as a Linux module looks them up.
 *
 * Copied as it is by kgen. The module links kgen_linux_handles.c once.
 */
#ifndef KGEN_LINUX_HANDLES_H
#define KGEN_LINUX_HANDLES_H

#include "kgen_handles.h"

extern const struct kgen_handle_host kgen_linux_handles;

#endif /* KGEN_LINUX_HANDLES_H */
