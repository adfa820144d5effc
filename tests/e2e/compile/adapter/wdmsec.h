/* wdmsec.h - beside the wdm.h of this folder. */
#include "wdm.h"

NTSTATUS IoCreateDeviceSecure(PDRIVER_OBJECT driver, ULONG extension_size, PUNICODE_STRING name,
                              DEVICE_TYPE type, ULONG characteristics, BOOLEAN exclusive,
                              PUNICODE_STRING sddl, const GUID *class_guid, PDEVICE_OBJECT *device);
