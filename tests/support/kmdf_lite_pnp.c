/*
 * The double of the framework, third part: a Plug and Play device, as the function driver of a stack that Wine builds.
 *
 * The requests of Plug and Play are Wine's. The framework's power states are not here: a device works from its start to
 * its removal. With open handles Windows would not remove a device; Wine does, and the double keeps it until they close.
 */
#include "kmdf_lite.h"

static PFN_WDF_DRIVER_DEVICE_ADD evt_device_add;
static WDFDRIVER owner;

/* ---- What the driver calls -------------------------------------------------------------------- */

NTSTATUS NTAPI lite_WdfDeviceCreateDeviceInterface(PWDF_DRIVER_GLOBALS all, WDFDEVICE handle,
                                                   const GUID *guid, PCUNICODE_STRING reference)
{
    struct device *device = object_of(handle, DEVICE);

    (void)all;
    if (device->init->pdo == NULL || reference != NULL || device->published.Buffer != NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    return IoRegisterDeviceInterface(device->init->pdo, guid, NULL, &device->published);
}

/* ---- What Plug and Play asks ------------------------------------------------------------------ */

static struct device *last_made(DEVICE_OBJECT *pdo)
{
    DEVICE_OBJECT *top = IoGetAttachedDeviceReference(pdo);
    struct device *device = top != pdo ? *(struct device **)top->DeviceExtension : NULL;

    ObDereferenceObject(top);
    return device;
}

static NTSTATUS NTAPI add_device(DRIVER_OBJECT *wdm, DEVICE_OBJECT *pdo)
{
    struct WDFDEVICE_INIT *init = ExAllocatePoolWithTag(NonPagedPool, sizeof(*init), 0x6C666477u);
    struct device *device;
    NTSTATUS status;

    (void)wdm;
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(init, sizeof(*init));
    init->pdo = pdo;
    init->type = FILE_DEVICE_UNKNOWN;
    status = evt_device_add(owner, init);
    device = last_made(pdo);
    if (device == NULL) {
        lite_WdfDeviceInitFree(WdfDriverGlobals, init);
        if (NT_SUCCESS(status))
            kgshim_violation("EvtDriverDeviceAdd made no device", 0, 0);
        return NT_SUCCESS(status) ? STATUS_UNSUCCESSFUL : status;
    }
    if (!NT_SUCCESS(status)) {
        IoDetachDevice(device->lower);
        destroy_device(device);
        return status;
    }
    if (device->queue.device == NULL || device->published.Buffer == NULL)
        kgshim_violation("a PnP device has no queue or no interface", 0, 0);
    device->wdm->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI signal(DEVICE_OBJECT *device, IRP *irp, PVOID event)
{
    (void)device;
    (void)irp;
    KeSetEvent(event, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS ask_lower(struct device *device, IRP *irp)
{
    KEVENT done;

    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, signal, &done, TRUE, TRUE, TRUE);
    if (IoCallDriver(device->lower, irp) == STATUS_PENDING)
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    return irp->IoStatus.Status;
}

static NTSTATUS start(struct device *device, IRP *irp)
{
    NTSTATUS status = ask_lower(device, irp);

    if (NT_SUCCESS(status)) {
        device->finished = TRUE;
        status = IoSetDeviceInterfaceState(&device->published, TRUE);
    }
    DbgPrint("wdf: started, type %04x status %08x\n", device->wdm->DeviceType, status);
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

void surprise(struct device *device)
{
    if (device->purged)
        return;
    DbgPrint("wdf: gone, %u open\n", device->opens);
    device->purged = TRUE;
    (void)IoSetDeviceInterfaceState(&device->published, FALSE);
}

static NTSTATUS remove(struct device *device, IRP *irp)
{
    NTSTATUS status;

    surprise(device);
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(irp);
    status = IoCallDriver(device->lower, irp);
    IoDetachDevice(device->lower);
    DbgPrint("wdf: removed, %u open\n", device->opens);
    device->removed = TRUE;
    if (device->opens == 0)
        destroy_device(device);
    return status;
}

static NTSTATUS NTAPI dispatch_pnp(DEVICE_OBJECT *device_object, IRP *irp)
{
    struct device *device = *(struct device **)device_object->DeviceExtension;
    UCHAR minor = IoGetCurrentIrpStackLocation(irp)->MinorFunction;

    if (minor == IRP_MN_START_DEVICE)
        return start(device, irp);
    if (minor == IRP_MN_REMOVE_DEVICE)
        return remove(device, irp);
    if (minor == IRP_MN_SURPRISE_REMOVAL) {
        surprise(device);
        irp->IoStatus.Status = STATUS_SUCCESS;
    }
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(device->lower, irp);
}

static NTSTATUS NTAPI dispatch_power(DEVICE_OBJECT *device_object, IRP *irp)
{
    struct device *device = *(struct device **)device_object->DeviceExtension;

    PoStartNextPowerIrp(irp);
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(device->lower, irp);
}

void serve_pnp(DRIVER_OBJECT *wdm, PFN_WDF_DRIVER_DEVICE_ADD device_add, WDFDRIVER driver)
{
    evt_device_add = device_add;
    owner = driver;
    wdm->DriverExtension->AddDevice = add_device;
    wdm->MajorFunction[IRP_MJ_PNP] = dispatch_pnp;
    wdm->MajorFunction[IRP_MJ_POWER] = dispatch_power;
}
