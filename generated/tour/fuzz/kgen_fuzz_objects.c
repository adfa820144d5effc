/*
 * kgen_fuzz_objects.c - which objects an open has, told by what was asked and answered.
 *
 * Copied as it is by kgen. It knows nothing of the tables in which the core keeps them: an id is
 * good from the reply that brought it to the request that gives it up, or the end of its open.
 */
#include "kgen_fuzz.h"

#define SIZE 8

struct object {
    const struct kgen_sim_caller *open;
    uint32_t kind;
    uint64_t id;
};

/* Those that are there. */
static struct object all[1u << 14];
static size_t all_count;

/* What the last request would give up. */
static uint64_t dropped[KGEN_FUZZ_PLACES];
static size_t dropped_count;

static size_t add_places(const struct kgen_fuzz_field *field, size_t start, size_t times,
                         struct kgen_fuzz_place *places, size_t count)
{
    size_t i;

    for (i = 0; i < times && count < KGEN_FUZZ_PLACES; i++) {
        places[count].offset = (uint32_t)(start + field->offset + i * SIZE);
        places[count].object = field->object;
        places[count].role = field->role;
        count++;
    }
    return count;
}

static size_t places_of(const struct kgen_fuzz_record *record, size_t start,
                        struct kgen_fuzz_place *places, size_t count)
{
    uint32_t i;

    for (i = 0; i < record->field_count; i++) {
        const struct kgen_fuzz_field *field = &record->fields[i];

        if (field->kind == KGEN_FUZZ_ID)
            count = add_places(field, start, field->times, places, count);
        else if (field->kind == KGEN_FUZZ_RECORD && field->times == 1)
            count = places_of(field->record, start + field->offset, places, count);
    }
    return count;
}

size_t kgen_fuzz_places(const struct kgen_fuzz_record *message, size_t length,
                        struct kgen_fuzz_place *places)
{
    size_t count;

    if (message == NULL || length < message->size)
        return 0;
    count = places_of(message, 0, places, 0);
    if (message->tail != NULL && message->tail->kind == KGEN_FUZZ_ID)
        count = add_places(message->tail, 0, (length - message->size) / SIZE, places, count);
    return count;
}

static uint64_t id_at(const void *message, const struct kgen_fuzz_place *place)
{
    uint64_t id;

    memcpy(&id, (const char *)message + place->offset, sizeof(id));
    return id;
}

/* ---- What an open has ----------------------------------------------------------------------- */

static struct object *find(const struct kgen_sim_caller *open, uint32_t kind, uint64_t id)
{
    size_t i;

    for (i = 0; i < all_count; i++) {
        if (all[i].open == open && all[i].kind == kind && all[i].id == id)
            return &all[i];
    }
    return NULL;
}

static void forget(struct object *object)
{
    *object = all[--all_count];
}

static uint32_t how_many(const struct kgen_sim_caller *open, uint32_t kind)
{
    uint32_t count = 0;
    size_t i;

    for (i = 0; i < all_count; i++) {
        if (all[i].open == open && all[i].kind == kind)
            count++;
    }
    return count;
}

static bool is_dropped(uint64_t id)
{
    size_t i;

    for (i = 0; i < dropped_count; i++) {
        if (dropped[i] == id)
            return true;
    }
    return false;
}

/* Two fields of one request cannot both give an object up. */
static bool are_named_well(const struct kgen_sim_caller *open, const struct kgen_fuzz_ioctl *ioctl,
                           const void *request, size_t length)
{
    struct kgen_fuzz_place places[KGEN_FUZZ_PLACES];
    size_t count = kgen_fuzz_places(ioctl->request, length, places);
    size_t i;

    for (i = 0; i < count; i++) {
        uint64_t id = id_at(request, &places[i]);

        if (find(open, places[i].object, id) == NULL)
            return false;
        if (places[i].role != KGEN_ROLE_DROP)
            continue;
        if (is_dropped(id))
            return false;
        dropped[dropped_count++] = id;
    }
    return true;
}

/* What is given up is there until the request is done. */
static bool is_room(const struct kgen_sim_caller *open, const struct kgen_fuzz_ioctl *ioctl)
{
    struct kgen_fuzz_place places[KGEN_FUZZ_PLACES];
    size_t count = 0;
    uint32_t kind;
    size_t i;

    if (ioctl->reply != NULL)
        count = kgen_fuzz_places(ioctl->reply, ioctl->reply->size, places);
    for (kind = 0; kind < kgen_fuzz_interface.object_count; kind++) {
        uint32_t wanted = how_many(open, kind);

        for (i = 0; i < count; i++)
            wanted += places[i].object == kind ? 1 : 0;
        if (wanted > kgen_fuzz_interface.objects[kind].value && wanted > how_many(open, kind))
            return false;
    }
    return true;
}

const char *kgen_fuzz_bad_objects(const struct kgen_sim_caller *open,
                                  const struct kgen_fuzz_ioctl *ioctl, const void *request,
                                  size_t length)
{
    dropped_count = 0;
    if (!are_named_well(open, ioctl, request, length))
        return "id";
    return is_room(open, ioctl) ? NULL : "objects, which are too many";
}

void kgen_fuzz_objects_changed(const struct kgen_sim_caller *open,
                               const struct kgen_fuzz_ioctl *ioctl, const void *reply,
                               size_t length)
{
    struct kgen_fuzz_place places[KGEN_FUZZ_PLACES];
    size_t count = kgen_fuzz_places(ioctl->reply, length, places);
    size_t i;

    for (i = 0; i < all_count;) {
        if (all[i].open == open && is_dropped(all[i].id))
            forget(&all[i]);
        else
            i++;
    }
    dropped_count = 0;
    for (i = 0; i < count; i++) {
        uint64_t id = id_at(reply, &places[i]);
        size_t j;

        for (j = 0; j < all_count; j++) {
            if (id == 0 || all[j].id == id)
                kgen_fuzz_fail(ioctl->name,
                               "a reply names as new what is there already, or nothing");
        }
        if (all_count < sizeof(all) / sizeof(all[0])) {
            all[all_count].open = open;
            all[all_count].kind = places[i].object;
            all[all_count++].id = id;
        }
    }
}

void kgen_fuzz_objects_gone(const struct kgen_sim_caller *open)
{
    size_t i = 0;

    while (i < all_count) {
        if (all[i].open == open)
            forget(&all[i]);
        else
            i++;
    }
}

/* ---- Ids that an input can name ------------------------------------------------------------- */

void kgen_fuzz_link(const struct kgen_fuzz_ids *known, const struct kgen_fuzz_ioctl *ioctl,
                    void *request, size_t length)
{
    struct kgen_fuzz_place places[KGEN_FUZZ_PLACES];
    size_t count = ioctl != NULL ? kgen_fuzz_places(ioctl->request, length, places) : 0;
    size_t i;

    for (i = 0; i < count; i++) {
        uint64_t number = id_at(request, &places[i]);

        if (number > 0 && number <= known->count)
            memcpy((char *)request + places[i].offset, &known->ids[known->count - number], SIZE);
    }
}

void kgen_fuzz_learn(struct kgen_fuzz_ids *known, const struct kgen_fuzz_ioctl *ioctl,
                     const void *reply, size_t length)
{
    struct kgen_fuzz_place places[KGEN_FUZZ_PLACES];
    size_t count = ioctl != NULL ? kgen_fuzz_places(ioctl->reply, length, places) : 0;
    const size_t most = sizeof(known->ids) / sizeof(known->ids[0]);
    size_t i;

    for (i = 0; i < count; i++) {
        if (known->count == most)
            memmove(known->ids, known->ids + 1, (--known->count) * SIZE);
        known->ids[known->count++] = id_at(reply, &places[i]);
    }
}
