/*
 * vault_handlers.c - what the vault does. The same text runs in a driver and in a program.
 *
 * Nothing here looks at a length, a range or an enum that came from a caller: the generated
 * boundary has done so before a handler is called.
 */
#include "vault_state.h"

static bool is_empty(const struct vault_slot *slot)
{
    return slot->entry.lifetime == 0;
}

static void clear(struct vault_slot *slot)
{
    kgen_wipe(slot, sizeof(*slot));
}

static bool same_label(const char *left, const char *right)
{
    return memcmp(left, right, sizeof(((struct vault_entry *)NULL)->label)) == 0;
}

/* Takes the same time wherever the keys differ. */
static bool opens(const struct vault_slot *slot, const uint8_t *key)
{
    uint8_t difference = 0;
    size_t i;

    for (i = 0; i < sizeof(slot->key); i++)
        difference |= (uint8_t)(slot->key[i] ^ key[i]);
    return difference == 0;
}

static struct vault_slot *find_label(struct vault_device *device, const char *label)
{
    uint32_t i;

    for (i = 0; i < VAULT_SLOT_COUNT; i++) {
        struct vault_slot *slot = &device->slots[i];

        if (!is_empty(slot) && same_label(slot->entry.label, label))
            return slot;
    }
    return NULL;
}

static struct vault_slot *find_empty(struct vault_device *device)
{
    uint32_t i;

    for (i = 0; i < VAULT_SLOT_COUNT; i++) {
        if (is_empty(&device->slots[i]))
            return &device->slots[i];
    }
    return NULL;
}

/* The oldest line goes where a new one needs its room. */
static void write_audit(struct vault_device *device, const struct vault_entry *entry)
{
    size_t length = kgen_utf8_length(entry->label, sizeof(entry->label));

    while (device->audit_length + length + 1 > VAULT_AUDIT_SIZE) {
        size_t first = 0;

        while (device->audit[first] != '\n')
            first++;
        device->audit_length -= first + 1;
        memmove(device->audit, device->audit + first + 1, device->audit_length);
    }
    memcpy(device->audit + device->audit_length, entry->label, length);
    device->audit[device->audit_length + length] = '\n';
    device->audit_length += length + 1;
}

static void fill(struct vault_slot *slot, struct vault_call *call, uint32_t lifetime,
                 uint32_t flags, const char *label, const uint8_t *key)
{
    const struct vault_device *device = call->device;

    memset(slot, 0, sizeof(*slot));
    slot->entry.slot = (uint32_t)(slot - device->slots);
    slot->entry.lifetime = lifetime;
    slot->entry.flags = flags;
    memcpy(slot->entry.label, label, sizeof(slot->entry.label));
    memcpy(slot->key, key, sizeof(slot->key));
    if (lifetime == VAULT_LIFETIME_SESSION) {
        slot->owner = call->open;
        call->open->session_secrets++;
    }
}

/* ---- Hooks ---------------------------------------------------------------------------------- */

vault_status vault_hook_start(struct vault_device *device)
{
    (void)device;
    return VAULT_OK;
}

void vault_hook_stop(struct vault_device *device)
{
    kgen_wipe(device->slots, sizeof(device->slots));
}

vault_status vault_hook_open(struct vault_device *device, struct vault_open *open)
{
    (void)device;
    (void)open;
    return VAULT_OK;
}

/* What was sealed for a session ends with it. */
void vault_hook_cleanup(struct vault_device *device, struct vault_open *open)
{
    uint32_t i;

    for (i = 0; i < VAULT_SLOT_COUNT && open->session_secrets > 0; i++) {
        struct vault_slot *slot = &device->slots[i];

        if (!is_empty(slot) && slot->owner == open) {
            clear(slot);
            open->session_secrets--;
        }
    }
}

void vault_hook_close(struct vault_device *device, struct vault_open *open)
{
    (void)device;
    (void)open;
}

/* ---- Handlers ------------------------------------------------------------------------------- */

vault_status vault_on_seal(struct vault_call *call, const struct vault_seal_request *in,
                           struct vault_seal_reply *out)
{
    struct vault_slot *slot = find_label(call->device, in->label);

    if (slot != NULL && (in->flags & VAULT_SEAL_FLAGS_REPLACE) == 0)
        return VAULT_E_EXISTS;
    if (slot == NULL)
        slot = find_empty(call->device);
    if (slot == NULL)
        return VAULT_E_NO_SPACE;

    fill(slot, call, in->lifetime, in->flags, in->label, in->key);
    slot->entry.size = in->secret_count;
    memcpy(slot->secret, vault_seal_request_secret(in), in->secret_count);
    out->slot = slot->entry.slot;
    return VAULT_OK;
}

vault_status vault_on_unseal(struct vault_call *call, const struct vault_unseal_request *in,
                             struct vault_unseal_reply *out)
{
    struct vault_device *device = call->device;
    struct vault_slot *slot = &device->slots[in->slot];

    if (device->locked)
        return VAULT_E_LOCKED;
    if (is_empty(slot))
        return VAULT_E_NOT_FOUND;
    if (!opens(slot, in->key))
        return VAULT_E_WRONG_KEY;
    if (slot->entry.size > vault_unseal_room(call))
        return VAULT_E_SHORT_BUFFER;

    out->lifetime = slot->entry.lifetime;
    vault_unseal_append(call, out, slot->secret, slot->entry.size);
    device->unseals++;
    if ((slot->entry.flags & VAULT_SEAL_FLAGS_AUDITED) != 0)
        write_audit(device, &slot->entry);
    if (slot->entry.lifetime == VAULT_LIFETIME_ONCE)
        clear(slot);
    return VAULT_OK;
}

vault_status vault_on_list(struct vault_call *call, const struct vault_list_request *in,
                           struct vault_list_reply *out)
{
    uint32_t i;

    for (i = in->first; i < VAULT_SLOT_COUNT; i++) {
        const struct vault_slot *slot = &call->device->slots[i];

        if (!is_empty(slot))
            vault_list_append(call, out, &slot->entry, 1);
    }
    return VAULT_OK;
}

vault_status vault_on_erase(struct vault_call *call, const struct vault_erase_request *in)
{
    struct vault_slot *slot = &call->device->slots[in->slot];

    if (is_empty(slot))
        return VAULT_E_NOT_FOUND;
    clear(slot);
    return VAULT_OK;
}

vault_status vault_on_get_status(struct vault_call *call, struct vault_usage *out)
{
    uint32_t i;

    for (i = 0; i < VAULT_SLOT_COUNT; i++) {
        if (is_empty(&call->device->slots[i]))
            out->free++;
        else
            out->used++;
    }
    out->unseals = call->device->unseals;
    return VAULT_OK;
}

vault_status vault_on_lock(struct vault_call *call)
{
    call->device->locked = true;
    return VAULT_OK;
}

vault_status vault_on_read_audit(struct vault_call *call, const struct vault_read_audit_request *in,
                                 struct kgen_data *data)
{
    const struct vault_device *device = call->device;
    size_t length;

    if (in->offset >= device->audit_length)
        return VAULT_OK;
    length = device->audit_length - (size_t)in->offset;
    if (length > data->size)
        length = data->size;
    kgen_data_write(data, 0, device->audit + in->offset, length);
    return VAULT_OK;
}

/* A record of a backup: a label, a length, and so many bytes. */
struct record {
    char label[32];
    uint32_t size;
};

/*
 * The caller can change its buffer while we read it: each record is copied once, the copy is
 * checked, and nothing is read again.
 */
vault_status vault_on_load(struct vault_call *call, const struct vault_load_request *in,
                           struct kgen_data *data)
{
    size_t offset = 0;

    while (offset < data->size) {
        struct vault_slot *slot = find_empty(call->device);
        struct record record;

        if (slot == NULL)
            return VAULT_E_NO_SPACE;
        if (!kgen_data_read(data, offset, &record, sizeof(record)))
            return VAULT_E_INVALID;
        offset += sizeof(record);
        if (!kgen_utf8_padded(record.label, sizeof(record.label)) || record.size == 0 ||
            record.size > VAULT_MAX_SECRET || find_label(call->device, record.label) != NULL)
            return VAULT_E_INVALID;

        fill(slot, call, in->lifetime, 0, record.label, in->key);
        slot->entry.size = record.size;
        if (!kgen_data_read(data, offset, slot->secret, record.size)) {
            clear(slot);
            return VAULT_E_INVALID;
        }
        offset += record.size;
    }
    return VAULT_OK;
}
