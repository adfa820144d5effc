/*
 * wdf_functions.h - the methods of the framework: one list, of which the table's indices, the
 * types of its entries and the functions that call through it are made.
 */
#ifndef WDF_FUNCTIONS_H
#define WDF_FUNCTIONS_H

/* F(result, name, (parameters), (arguments)) */
#define WDF_METHODS(F)                                                                             \
    F(PVOID, WdfObjectGetTypedContextWorker,                                                       \
      (WDFOBJECT Handle, PCWDF_OBJECT_CONTEXT_TYPE_INFO TypeInfo), (Handle, TypeInfo))             \
    F(VOID, WdfObjectDelete, (WDFOBJECT Object), (Object))                                         \
    F(NTSTATUS, WdfDriverCreate,                                                                   \
      (PDRIVER_OBJECT DriverObject, PCUNICODE_STRING RegistryPath,                                 \
       PWDF_OBJECT_ATTRIBUTES DriverAttributes, PWDF_DRIVER_CONFIG DriverConfig,                   \
       WDFDRIVER * Driver),                                                                        \
      (DriverObject, RegistryPath, DriverAttributes, DriverConfig, Driver))                        \
    F(PWDFDEVICE_INIT, WdfControlDeviceInitAllocate,                                               \
      (WDFDRIVER Driver, const UNICODE_STRING *SDDLString), (Driver, SDDLString))                  \
    F(VOID, WdfControlFinishInitializing, (WDFDEVICE Device), (Device))                            \
    F(VOID, WdfDeviceInitFree, (PWDFDEVICE_INIT DeviceInit), (DeviceInit))                         \
    F(VOID, WdfDeviceInitSetDeviceType, (PWDFDEVICE_INIT DeviceInit, DEVICE_TYPE DeviceType),      \
      (DeviceInit, DeviceType))                                                                    \
    F(VOID, WdfDeviceInitSetDeviceClass,                                                           \
      (PWDFDEVICE_INIT DeviceInit, const GUID *DeviceClassGuid), (DeviceInit, DeviceClassGuid))    \
    F(VOID, WdfDeviceInitSetExclusive, (PWDFDEVICE_INIT DeviceInit, BOOLEAN IsExclusive),          \
      (DeviceInit, IsExclusive))                                                                   \
    F(NTSTATUS, WdfDeviceInitAssignName,                                                           \
      (PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING DeviceName), (DeviceInit, DeviceName))         \
    F(VOID, WdfDeviceInitSetFileObjectConfig,                                                      \
      (PWDFDEVICE_INIT DeviceInit, PWDF_FILEOBJECT_CONFIG FileObjectConfig,                        \
       PWDF_OBJECT_ATTRIBUTES FileObjectAttributes),                                               \
      (DeviceInit, FileObjectConfig, FileObjectAttributes))                                        \
    F(VOID, WdfDeviceInitSetRequestAttributes,                                                     \
      (PWDFDEVICE_INIT DeviceInit, PWDF_OBJECT_ATTRIBUTES RequestAttributes),                      \
      (DeviceInit, RequestAttributes))                                                             \
    F(VOID, WdfDeviceInitSetIoInCallerContextCallback,                                             \
      (PWDFDEVICE_INIT DeviceInit, PFN_WDF_IO_IN_CALLER_CONTEXT EvtIoInCallerContext),             \
      (DeviceInit, EvtIoInCallerContext))                                                          \
    F(NTSTATUS, WdfDeviceCreate,                                                                   \
      (PWDFDEVICE_INIT * DeviceInit, PWDF_OBJECT_ATTRIBUTES DeviceAttributes, WDFDEVICE * Device), \
      (DeviceInit, DeviceAttributes, Device))                                                      \
    F(NTSTATUS, WdfDeviceCreateSymbolicLink,                                                       \
      (WDFDEVICE Device, PCUNICODE_STRING SymbolicLinkName), (Device, SymbolicLinkName))           \
    F(NTSTATUS, WdfDeviceCreateDeviceInterface,                                                    \
      (WDFDEVICE Device, const GUID *InterfaceClassGUID, PCUNICODE_STRING ReferenceString),        \
      (Device, InterfaceClassGUID, ReferenceString))                                               \
    F(NTSTATUS, WdfDeviceEnqueueRequest, (WDFDEVICE Device, WDFREQUEST Request),                   \
      (Device, Request))                                                                           \
    F(NTSTATUS, WdfIoQueueCreate,                                                                  \
      (WDFDEVICE Device, PWDF_IO_QUEUE_CONFIG Config, PWDF_OBJECT_ATTRIBUTES QueueAttributes,      \
       WDFQUEUE * Queue),                                                                          \
      (Device, Config, QueueAttributes, Queue))                                                    \
    F(WDFDEVICE, WdfIoQueueGetDevice, (WDFQUEUE Queue), (Queue))                                   \
    F(WDFDEVICE, WdfFileObjectGetDevice, (WDFFILEOBJECT FileObject), (FileObject))                 \
    F(PUNICODE_STRING, WdfFileObjectGetFileName, (WDFFILEOBJECT FileObject), (FileObject))         \
    F(NTSTATUS, WdfWaitLockCreate, (PWDF_OBJECT_ATTRIBUTES LockAttributes, WDFWAITLOCK * Lock),    \
      (LockAttributes, Lock))                                                                      \
    F(NTSTATUS, WdfWaitLockAcquire, (WDFWAITLOCK Lock, PLONGLONG Timeout), (Lock, Timeout))        \
    F(VOID, WdfWaitLockRelease, (WDFWAITLOCK Lock), (Lock))                                        \
    F(PVOID, WdfMemoryGetBuffer, (WDFMEMORY Memory, size_t * BufferSize), (Memory, BufferSize))    \
    F(VOID, WdfRequestComplete, (WDFREQUEST Request, NTSTATUS Status), (Request, Status))          \
    F(VOID, WdfRequestCompleteWithInformation,                                                     \
      (WDFREQUEST Request, NTSTATUS Status, ULONG_PTR Information),                                \
      (Request, Status, Information))                                                              \
    F(VOID, WdfRequestGetParameters, (WDFREQUEST Request, PWDF_REQUEST_PARAMETERS Parameters),     \
      (Request, Parameters))                                                                       \
    F(WDFFILEOBJECT, WdfRequestGetFileObject, (WDFREQUEST Request), (Request))                     \
    F(KPROCESSOR_MODE, WdfRequestGetRequestorMode, (WDFREQUEST Request), (Request))                \
    F(BOOLEAN, WdfRequestIsFrom32BitProcess, (WDFREQUEST Request), (Request))                      \
    F(PIRP, WdfRequestWdmGetIrp, (WDFREQUEST Request), (Request))                                  \
    F(NTSTATUS, WdfRequestRetrieveInputBuffer,                                                     \
      (WDFREQUEST Request, size_t MinimumRequiredLength, PVOID * Buffer, size_t * Length),         \
      (Request, MinimumRequiredLength, Buffer, Length))                                            \
    F(NTSTATUS, WdfRequestRetrieveOutputBuffer,                                                    \
      (WDFREQUEST Request, size_t MinimumRequiredSize, PVOID * Buffer, size_t * Length),           \
      (Request, MinimumRequiredSize, Buffer, Length))                                              \
    F(NTSTATUS, WdfRequestRetrieveOutputWdmMdl, (WDFREQUEST Request, PMDL * Mdl), (Request, Mdl))  \
    F(NTSTATUS, WdfRequestRetrieveUnsafeUserInputBuffer,                                           \
      (WDFREQUEST Request, size_t MinimumRequiredLength, PVOID * InputBuffer, size_t * Length),    \
      (Request, MinimumRequiredLength, InputBuffer, Length))                                       \
    F(NTSTATUS, WdfRequestRetrieveUnsafeUserOutputBuffer,                                          \
      (WDFREQUEST Request, size_t MinimumRequiredLength, PVOID * OutputBuffer, size_t * Length),   \
      (Request, MinimumRequiredLength, OutputBuffer, Length))                                      \
    F(NTSTATUS, WdfRequestProbeAndLockUserBufferForRead,                                           \
      (WDFREQUEST Request, PVOID Buffer, size_t Length, WDFMEMORY * MemoryObject),                 \
      (Request, Buffer, Length, MemoryObject))                                                     \
    F(NTSTATUS, WdfRequestProbeAndLockUserBufferForWrite,                                          \
      (WDFREQUEST Request, PVOID Buffer, size_t Length, WDFMEMORY * MemoryObject),                 \
      (Request, Buffer, Length, MemoryObject))

#define WDF_INDEX(result, name, parameters, arguments) name##TableIndex,
typedef enum _WDFFUNCENUM {
    WDF_METHODS(WDF_INDEX) WdfFunctionTableNumEntries
} WDFFUNCENUM;

typedef struct _WDF_DRIVER_GLOBALS {
    WDFDRIVER Driver;
} WDF_DRIVER_GLOBALS, *PWDF_DRIVER_GLOBALS;

typedef VOID (*WDFFUNC)(VOID);
extern const WDFFUNC WdfFunctions[];
extern PWDF_DRIVER_GLOBALS WdfDriverGlobals;

#define WDF_LIST(...) __VA_ARGS__
#define WDF_FUNCTION(result, name, parameters, arguments)                                          \
    typedef result(NTAPI *PFN_##name)(PWDF_DRIVER_GLOBALS DriverGlobals, WDF_LIST parameters);     \
    static inline result name parameters                                                           \
    {                                                                                              \
        return ((PFN_##name)WdfFunctions[name##TableIndex])(WdfDriverGlobals, WDF_LIST arguments); \
    }
WDF_METHODS(WDF_FUNCTION)

#endif /* WDF_FUNCTIONS_H */
