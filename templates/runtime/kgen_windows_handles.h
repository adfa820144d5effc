/*
 * kgen_windows_handles.h - handles of the caller, as a Windows driver looks them up.
 *
 * Copied as it is by kgen. The driver links kgen_windows_handles.c once.
 */
#ifndef KGEN_WINDOWS_HANDLES_H
#define KGEN_WINDOWS_HANDLES_H

#include "kgen_handles.h"

#if defined(__cplusplus)
extern "C" {
#endif

extern const struct kgen_handle_host kgen_windows_handles;

#if defined(__cplusplus)
}
#endif

#endif /* KGEN_WINDOWS_HANDLES_H */
