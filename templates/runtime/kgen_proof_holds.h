/*
 * kgen_proof_holds.h - objects and handles of unknown states, for proofs.
 *
 * Copied as it is by kgen.
 */
#ifndef KGEN_PROOF_HOLDS_H
#define KGEN_PROOF_HOLDS_H

#include "kgen_handles.h"
#include "kgen_objects.h"
#include "kgen_proof.h"

/* ---- Objects -------------------------------------------------------------------------------- */

/* Taken and given back in turns. */
static bool kgen_proof_locked;

static inline void kgen_proof_acquire(struct kgen_lock *lock)
{
    (void)lock;
    KGEN_PROVE(!kgen_proof_locked);
    kgen_proof_locked = true;
}

static inline void kgen_proof_release(struct kgen_lock *lock)
{
    (void)lock;
    KGEN_PROVE(kgen_proof_locked);
    kgen_proof_locked = false;
}

/* A table as any requests before may have left it. */
static inline void kgen_proof_slots(struct kgen_slot *slots, uint32_t count)
{
    uint32_t i;

    for (i = 0; i < count; i++) {
        slots[i].generation = kgen_proof_number();
        slots[i].uses = kgen_proof_number();
        slots[i].state = (enum kgen_object_state)(kgen_proof_number() % 5);
#if defined(KGEN_PROOF_PROGRAM)
        slots[i].generation = 1;
        slots[i].uses = 0;
        slots[i].state = kgen_proof_random() % 2 == 0 ? KGEN_OBJECT_FREE : KGEN_OBJECT_LIVE;
#endif
    }
}

/* As a program: here and there an id of the table, as no sample has one. */
static inline void kgen_proof_ids(void *captured, size_t size, uint32_t slots)
{
#if defined(KGEN_PROOF_PROGRAM)
    size_t at;

    for (at = 0; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
        uint64_t id = 1ull << 32 | 1u << KGEN_SLOT_BITS | kgen_proof_random() % slots;

        if (kgen_proof_random() % 2 == 0)
            memcpy((char *)captured + at, &id, sizeof(id));
    }
#else
    (void)captured;
    (void)size;
    (void)slots;
#endif
}

/* ---- Handles -------------------------------------------------------------------------------- */

/* How many are referenced. */
static uint32_t kgen_proof_held;
static char kgen_proof_object;

static inline kgen_status kgen_proof_reference(const struct kgen_handle_caller *caller,
                                               const struct kgen_handle_field *field,
                                               uintptr_t handle, void **object)
{
    (void)caller;
    (void)field;
    (void)handle;
    if (kgen_proof_number() % 8 == 0)
        return KGEN_ACCESS_DENIED;
    kgen_proof_held++;
    *object = &kgen_proof_object;
    return KGEN_OK;
}

static inline void kgen_proof_reference_again(void *object)
{
    KGEN_PROVE(object == &kgen_proof_object);
    kgen_proof_held++;
}

static inline void kgen_proof_unreference(void *object)
{
    KGEN_PROVE(object == &kgen_proof_object && kgen_proof_held > 0);
    kgen_proof_held--;
}

static inline void kgen_proof_set_event(void *object)
{
    KGEN_PROVE(object == &kgen_proof_object);
}

static const struct kgen_handle_host kgen_proof_host = {
    kgen_proof_reference,
    kgen_proof_reference_again,
    kgen_proof_unreference,
    kgen_proof_set_event,
};

#endif /* KGEN_PROOF_HOLDS_H */
