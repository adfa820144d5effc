/* Handlers of the tour that the tests build: each echoes, or computes what a test can foresee. */
#include "tour_state.h"

tour_status tour_hook_start(struct tour_device *device)
{
    device->level = 7;
    return TOUR_OK;
}

void tour_hook_stop(struct tour_device *device)
{
    (void)device;
}

tour_status tour_hook_open(struct tour_device *device, struct tour_open *open)
{
    device->opens++;
    open->calls = 0;
    return TOUR_OK;
}

void tour_hook_cleanup(struct tour_device *device, struct tour_open *open)
{
    (void)device;
    (void)open;
}

void tour_hook_close(struct tour_device *device, struct tour_open *open)
{
    (void)open;
    device->opens--;
}

tour_status tour_on_ping(struct tour_call *call)
{
    call->open->calls++;
    return TOUR_OK;
}

/* a = 255 breaks the contract of a handler, a = 254 returns a declared error. */
tour_status tour_on_echo_scalars(struct tour_call *call, const struct tour_scalars *in,
                                 struct tour_scalars *out)
{
    (void)call;
    *out = *in;
    if (in->a == 253)
        out->k = 77;
    if (in->a == 254)
        return TOUR_E_JAMMED;
    return in->a == 255 ? TOUR_E_NO_SPACE : TOUR_OK;
}

tour_status tour_on_set_level(struct tour_call *call, const struct tour_set_level_request *in)
{
    call->device->level = in->value;
    return TOUR_OK;
}

tour_status tour_on_get_level(struct tour_call *call, struct tour_get_level_reply *out)
{
    out->value = call->device->level;
    return TOUR_OK;
}

/* Leaves behind the end of every string what a careless driver would. */
tour_status tour_on_echo_texts(struct tour_call *call, const struct tour_texts *in,
                               struct tour_texts *out)
{
    (void)call;
    *out = *in;
    out->name[15] = 'x';
    out->title[7] = 'x';
    out->lines[1][7] = 'x';
    return TOUR_OK;
}

tour_status tour_on_draw(struct tour_call *call, const struct tour_drawing *in,
                         struct tour_draw_reply *out)
{
    (void)call;
    out->area = in->budget;
    out->mode = 0xFFFFFFFFu;
    out->masks = kgen_to_be32(0xF0u);
    return TOUR_OK;
}

/* A weight per point and per coordinate. */
tour_status tour_on_trace_points(struct tour_call *call, const struct tour_trace_points_request *in,
                                 struct tour_trace_points_reply *out)
{
    uint32_t i;

    for (i = 0; i < in->n; i++) {
        const kgen_u64 weight = (uint64_t)in->points[i].x + in->points[i].y;

        tour_trace_points_append(call, out, &weight, 1);
    }
    out->bytes = in->mode;
    return TOUR_OK;
}

/* In another encoding, and twice if it begins with "2". */
tour_status tour_on_say(struct tour_call *call, const struct tour_say_request *in,
                        struct tour_say_reply *out)
{
    uint32_t times = in->text_count > 0 && in->text[0] == '2' ? 2 : 1;
    uint32_t i;

    while (times-- > 0) {
        for (i = 0; i < in->text_count; i++) {
            const kgen_char16 unit = (unsigned char)in->text[i];

            tour_say_append(call, out, &unit, 1);
        }
    }
    return TOUR_OK;
}

tour_status tour_on_pack(struct tour_call *call, const struct tour_pack_request *in)
{
    uint32_t i;

    call->device->level = 0;
    for (i = 0; i < in->length / 2; i++)
        call->device->level += in->words[i];
    return TOUR_OK;
}

tour_status tour_on_read_reading(struct tour_call *call, struct tour_reading *out)
{
    (void)call;
    memset(out, 0x11, sizeof(*out));
    return TOUR_OK;
}

tour_status tour_on_write_reading(struct tour_call *call, const struct tour_reading *in)
{
    call->device->level = (uint32_t)in->peak;
    return TOUR_OK;
}

/* Counts up from the seed; a seed of 1000 tries to write beyond the end, 1001 leaves a gap. */
tour_status tour_on_fill(struct tour_call *call, const struct tour_fill_request *in,
                         struct kgen_data *data)
{
    uint32_t value = in->seed;
    size_t offset;

    (void)call;
    if (in->seed == 1000)
        return kgen_data_write(data, data->size - 3, &value, 4) ? TOUR_OK : TOUR_E_INTERNAL;
    if (in->seed == 1001)
        return kgen_data_write(data, 4, &value, 4) ? TOUR_OK : TOUR_E_INTERNAL;
    for (offset = 0; offset + 4 <= data->size; offset += 4, value++)
        (void)kgen_data_write(data, offset, &value, 4);
    return TOUR_OK;
}

tour_status tour_on_sum(struct tour_call *call, const struct tour_sum_request *in,
                        struct kgen_data *data)
{
    uint32_t sum = in->start;
    size_t offset;

    for (offset = 0; offset < data->size; offset += 2) {
        uint16_t value;

        if (!kgen_data_read(data, offset, &value, 2))
            return TOUR_E_INTERNAL;
        sum += value;
    }
    call->device->level = sum;
    return TOUR_OK;
}

tour_status tour_on_neither(struct tour_call *call, const struct tour_neither_request *in,
                            struct tour_neither_reply *out)
{
    out->sum = (uint64_t)in->first + in->second;
    tour_neither_append(call, out, in->more, in->more_count);
    return TOUR_OK;
}

tour_status tour_on_old_ping(struct tour_call *call)
{
    (void)call;
    return TOUR_OK;
}

/* ---- Objects --------------------------------------------------------------------------------- */

/* Values of `mode`. */
enum { MODE_REFUSE = 1, MODE_UNDECLARED = 2 };

static tour_status end(uint32_t mode)
{
    if (mode == MODE_REFUSE)
        return TOUR_E_INVALID;
    return mode == MODE_UNDECLARED ? TOUR_E_NOT_FOUND : TOUR_OK;
}

void tour_hook_token_release(struct tour_device *device, struct tour_open *open,
                             struct tour_token *token)
{
    (void)open;
    device->alive -= token->weight != 0;
    token->weight = 0;
}

void tour_hook_basket_release(struct tour_device *device, struct tour_open *open,
                              struct tour_basket *basket)
{
    (void)open;
    device->alive -= basket->weight != 0;
    basket->weight = 0;
}

/* What a request that fails has put into a new object is left to the release hook. */
tour_status tour_on_make_token(struct tour_call *call, const struct tour_make_token_request *in,
                               struct tour_make_token_reply *out, struct tour_token *token)
{
    if (token->weight != 0)
        return TOUR_E_JAMMED; /* it was not zeroed */
    token->weight = in->weight;
    call->device->alive++;
    out->token = 0x1111111111111111; /* the boundary knows better */
    out->alive = call->device->alive;
    return end(in->mode);
}

tour_status tour_on_weigh(struct tour_call *call, const struct tour_weigh_request *in,
                          struct tour_weigh_reply *out, struct tour_token *first,
                          struct tour_token *pair_left, struct tour_token *pair_right,
                          struct tour_token *const *more)
{
    uint32_t i;

    (void)call;
    out->weight = (uint64_t)first->weight + pair_left->weight + pair_right->weight;
    for (i = 0; i < in->more_count; i++)
        out->weight += more[i]->weight;
    return TOUR_OK;
}

tour_status tour_on_drop_token(struct tour_call *call, const struct tour_drop_token_request *in,
                               struct tour_drop_token_reply *out, struct tour_token *token)
{
    out->alive = token->weight != 0 ? call->device->alive : 0;
    return end(in->mode);
}

tour_status tour_on_trade(struct tour_call *call, const struct tour_trade_request *in,
                          struct tour_trade_reply *out, struct tour_token *const *tokens,
                          struct tour_basket *basket)
{
    basket->weight = (uint64_t)tokens[0]->weight + tokens[1]->weight;
    call->device->alive++;
    out->weight = basket->weight;
    return end(in->mode);
}

tour_status tour_on_empty(struct tour_call *call, const struct tour_empty_request *in,
                          struct tour_empty_reply *out, struct tour_basket *basket)
{
    (void)call;
    (void)in;
    out->value = basket->weight;
    return TOUR_OK;
}

/* ---- Handles ---------------------------------------------------------------------------------- */

/* No number is left of a handle, and none was taken without being asked for. */
tour_status tour_on_watch(struct tour_call *call, const struct tour_watch_request *in,
                          const struct kgen_handle *changed)
{
    if (in->changed != 0 || changed->object == NULL)
        return TOUR_E_INTERNAL;
    call->device->level = (uint32_t)in->level;
    kgen_event_set(changed);
    return TOUR_OK;
}

tour_status tour_on_lend(struct tour_call *call, const struct tour_lend_request *in,
                         struct tour_lend_reply *out, const struct kgen_handle *event,
                         const struct kgen_handle *file, const struct kgen_handle *section,
                         const struct kgen_handle *thread, const struct kgen_handle *process)
{
    (void)call;
    if (in->event != 0 || in->file != 0 || in->section != 0 || in->thread != 0 || in->process != 0)
        return TOUR_E_INTERNAL;
    out->given[0] = event->object != NULL;
    out->given[1] = file->object != NULL;
    out->given[2] = section->object != NULL;
    out->given[3] = thread->object != NULL;
    out->given[4] = process->object != NULL;
    return in->step == 100 ? TOUR_E_JAMMED : TOUR_OK;
}
