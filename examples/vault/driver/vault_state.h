/*
 * vault_state.h - what the vault remembers.
 *
 * kgen wrote the skeleton of this file once; from then on it is the author's.
 */
#ifndef VAULT_STATE_H
#define VAULT_STATE_H

#include "vault_handlers.h"

#define VAULT_AUDIT_SIZE 2048u

struct vault_open;

struct vault_slot {
    struct vault_entry entry; /* lifetime 0: the slot is empty */
    uint8_t key[16];
    uint8_t secret[VAULT_MAX_SECRET];
    const struct vault_open *owner; /* compared, never followed */
};

/* One per device. The schema says `serialised`, so that nothing here needs a lock. */
struct vault_device {
    struct vault_slot slots[VAULT_SLOT_COUNT];
    uint64_t unseals;
    bool locked;
    char audit[VAULT_AUDIT_SIZE]; /* one line for each unseal of an audited secret */
    size_t audit_length;
};

/* One per open handle. */
struct vault_open {
    uint32_t session_secrets; /* slots that this open sealed for its session */
};

#endif /* VAULT_STATE_H */
