/* Everything that a caller sends comes back turned round, with rubbish in every hole. */
#include "relic_handlers.h"
#include "relic_state.h"

relic_status relic_hook_start(struct relic_device *device)
{
    (void)device;
    return RELIC_OK;
}

void relic_hook_stop(struct relic_device *device)
{
    (void)device;
}

relic_status relic_hook_open(struct relic_device *device, struct relic_open *open)
{
    (void)device;
    (void)open;
    return RELIC_OK;
}

void relic_hook_cleanup(struct relic_device *device, struct relic_open *open)
{
    (void)device;
    (void)open;
}

void relic_hook_close(struct relic_device *device, struct relic_open *open)
{
    (void)device;
    (void)open;
}

relic_status relic_on_turn(struct relic_call *call, const struct relic_entry *in,
                           struct relic_entry *out)
{
    uint32_t i;

    (void)call;
    memset(out, 0xEE, sizeof(*out));
    out->kind = in->kind;
    out->stamp = ~in->stamp;
    out->tag = (uint8_t)~in->tag;
    out->where = in->where;
    for (i = 0; i < 2; i++) {
        out->spans[i].first = -in->spans[1 - i].first;
        out->spans[i].count = in->spans[1 - i].count;
    }
    for (i = 0; i < 6; i++)
        out->words[i / 3][i % 3] = in->words[(5 - i) / 3][(5 - i) % 3];
    for (i = 0; i < 3; i++) {
        out->cells[i].id = in->cells[2 - i].id;
        out->cells[i].level = in->cells[2 - i].level;
    }
    memcpy(out->name, in->name, sizeof(out->name));
    out->sure = in->sure == 0;
    out->when = -in->when;
    /* More than 32 bits, where a word has more. */
    if (in->kind == RELIC_KIND_ODD)
        out->words[0][0] = ~0ul;
    return RELIC_OK;
}

relic_status relic_on_keep(struct relic_call *call, const struct relic_note *in)
{
    call->open->note = *in;
    return RELIC_OK;
}

relic_status relic_on_told(struct relic_call *call, struct relic_note *out)
{
    memset(out, 0xEE, sizeof(*out));
    out->id = call->open->note.id;
    out->stamp = call->open->note.stamp;
    out->last = call->open->note.last;
    return RELIC_OK;
}

/* The pointer is one that only 64 bits hold where the caller asks for that. */
relic_status relic_on_both(struct relic_call *call, const struct relic_both_request *in,
                           struct relic_entry *out)
{
    (void)call;
    out->kind = RELIC_KIND_PLAIN;
    out->stamp = in->note_id;
    out->where = in->wide != 0 ? (void *)call : (void *)(uintptr_t)0x1234;
    return RELIC_OK;
}
