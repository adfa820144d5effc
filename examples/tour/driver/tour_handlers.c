/*
 * tour_handlers.c - handlers that let a test see whatever the boundary hands in and out.
 *
 * Most echo or compute. Some break their contract when told to, and put garbage where the schema
 * allows none: the boundary has to notice, or to clear it. tests/suites/tour_model.py does the same.
 */
#include "tour_state.h"

/* Values of `scalars.a` that ask for an error; the last is of no error that the schema declares. */
enum { ASK_JAMMED = 0xEE, ASK_WORN_OUT = 0xED, ASK_UNDECLARED = 0xEC };

/* Values of `trace_points_request.mode`. */
enum { MODE_TWICE = 1, MODE_ONE_CALL_EACH = 2, MODE_BAD_COUNT = 3 };

/* ---- Hooks ---------------------------------------------------------------------------------- */

tour_status tour_hook_start(struct tour_device *device)
{
    return device->level == 0 ? TOUR_OK : TOUR_E_INTERNAL;
}

void tour_hook_stop(struct tour_device *device)
{
    device->level = 0;
}

tour_status tour_hook_open(struct tour_device *device, struct tour_open *open)
{
    device->opens++;
    return open->pings == 0 ? TOUR_OK : TOUR_E_INTERNAL;
}

void tour_hook_cleanup(struct tour_device *device, struct tour_open *open)
{
    device->cleanups++;
    open->pings = 0;
    kgen_handle_drop(&open->changed);
}

void tour_hook_close(struct tour_device *device, struct tour_open *open)
{
    (void)device;
    kgen_handle_drop(&open->changed); /* dropped at cleanup already: left alone */
}

/* ---- Fixed messages ------------------------------------------------------------------------- */

tour_status tour_on_ping(struct tour_call *call)
{
    call->open->pings++;
    call->device->pings++;
    return TOUR_OK;
}

tour_status tour_on_old_ping(struct tour_call *call)
{
    return tour_on_ping(call);
}

tour_status tour_on_echo_scalars(struct tour_call *call, const struct tour_scalars *in,
                                 struct tour_scalars *out)
{
    (void)call;
    *out = *in;
    out->k = (uint8_t)(in->k * 200); /* a bool leaves as 0 or 1 */
    out->l[1] = (uint8_t)(in->l[1] << 7);
    switch (in->a) {
    case ASK_JAMMED:
        return TOUR_E_JAMMED;
    case ASK_WORN_OUT:
        return TOUR_E_WORN_OUT;
    case ASK_UNDECLARED:
        return TOUR_E_NO_SPACE;
    default:
        return TOUR_OK;
    }
}

tour_status tour_on_set_level(struct tour_call *call, const struct tour_set_level_request *in)
{
    call->device->level = in->value;
    kgen_event_set(&call->open->changed);
    return TOUR_OK;
}

tour_status tour_on_get_level(struct tour_call *call, struct tour_get_level_reply *out)
{
    out->value = call->device->level;
    return TOUR_OK;
}

/* What stands behind the end of a string, or in place of its end, does not leave. */
tour_status tour_on_echo_texts(struct tour_call *call, const struct tour_texts *in,
                               struct tour_texts *out)
{
    const size_t title = sizeof(in->title) / sizeof(in->title[0]);
    size_t length = kgen_utf8_length(in->name, sizeof(in->name));
    size_t i;

    (void)call;
    *out = *in;
    for (i = length + 1; i < sizeof(out->name); i++)
        out->name[i] = 'x';
    for (i = kgen_utf16_length(in->title, title); i < title; i++)
        out->title[i] = L'x';
    for (i = 0; i < 6; i++)
        (&out->numbers[0][0])[i] = (&in->numbers[0][0])[5 - i];
    return TOUR_OK;
}

static uint64_t area_of(const struct tour_drawing *in)
{
    uint64_t area = 0;
    size_t i;

    switch (in->shape) {
    case TOUR_SHAPE_DOT:
        return (uint64_t)in->figure.dot.x * in->figure.dot.y;
    case TOUR_SHAPE_LINE:
        return (uint64_t)in->figure.line.from_.x + in->figure.line.to.y;
    case TOUR_SHAPE_WORD:
        return kgen_utf8_length(in->figure.word, sizeof(in->figure.word));
    case TOUR_SHAPE_GRID:
        for (i = 0; i < 6; i++)
            area += (&in->figure.grid[0][0])[i];
        return area;
    default:
        return 0;
    }
}

tour_status tour_on_draw(struct tour_call *call, const struct tour_drawing *in,
                         struct tour_draw_reply *out)
{
    (void)call;
    if ((in->traits & TOUR_TRAITS_RARE) != 0)
        return TOUR_E_INVALID;
    if (in->budget == 0xFFFFFFFFu)
        return TOUR_E_NO_SPACE;
    out->area = area_of(in);
    out->mode = in->shape << TOUR_LINK_MODE_SPEED_SHIFT |
                (uint32_t)in->shade << TOUR_LINK_MODE_SHADE_SHIFT |
                (uint32_t)in->pin[0] << TOUR_LINK_MODE_LANES_SHIFT |
                0xE0u; /* bits without a name: they do not leave */
    out->masks = kgen_to_be32(TOUR_MASKS_HIGH);
    return TOUR_OK;
}

/* The padding of the reply is garbage here and zero there. */
tour_status tour_on_read_reading(struct tour_call *call, struct tour_reading *out)
{
    *out = call->device->reading;
    memset(out->pad, 0x55, sizeof(out->pad));
    out->pad2 = 0x55555555;
    return TOUR_OK;
}

tour_status tour_on_write_reading(struct tour_call *call, const struct tour_reading *in)
{
    call->device->reading = *in;
    return TOUR_OK;
}

/* ---- Tails ---------------------------------------------------------------------------------- */

tour_status tour_on_trace_points(struct tour_call *call, const struct tour_trace_points_request *in,
                                 struct tour_trace_points_reply *out)
{
    uint32_t rounds = in->mode == MODE_TWICE ? 2 : 1;
    kgen_u64 weights[TOUR_MAX_POINTS];
    uint32_t i;

    for (i = 0; i < in->n; i++)
        weights[i] = (kgen_u64)in->points[i].x * in->points[i].y + in->mode;
    out->bytes = (uint32_t)(in->n * sizeof(weights[0]));
    for (; rounds > 0; rounds--) {
        if (in->mode != MODE_ONE_CALL_EACH)
            tour_trace_points_append(call, out, weights, in->n);
        for (i = 0; in->mode == MODE_ONE_CALL_EACH && i < in->n; i++)
            tour_trace_points_append(call, out, &weights[i], 1);
    }
    if (in->mode == MODE_BAD_COUNT)
        out->weights_count = tour_trace_points_room(call) + 1ull;
    return TOUR_OK;
}

/* UTF-8, already known to be well-formed, to UTF-16. */
tour_status tour_on_say(struct tour_call *call, const struct tour_say_request *in,
                        struct tour_say_reply *out)
{
    const unsigned char *text = (const unsigned char *)tour_say_request_text(in);
    uint32_t i = 0;

    while (i < in->text_count) {
        uint32_t lead = text[i++];
        uint32_t more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        uint32_t point = more == 0 ? lead : lead & (0x3Fu >> more);
        kgen_char16 units[2];

        for (; more > 0; more--)
            point = point << 6 | (text[i++] & 0x3Fu);
        units[0] = (kgen_char16)point;
        if (point > 0xFFFF) {
            units[0] = (kgen_char16)(0xD7C0 + (point >> 10));
            units[1] = (kgen_char16)(0xDC00 | (point & 0x3FF));
        }
        tour_say_append(call, out, units, point > 0xFFFF ? 2 : 1);
    }
    return TOUR_OK;
}

tour_status tour_on_pack(struct tour_call *call, const struct tour_pack_request *in)
{
    const uint16_t *words = tour_pack_request_words(in);
    uint32_t i;

    call->device->level = in->length;
    for (i = 0; i < in->length / sizeof(words[0]); i++)
        call->device->level += words[i];
    return TOUR_OK;
}

/* One byte more of the tail than was sent, and so one too many if that was the longest. */
tour_status tour_on_neither(struct tour_call *call, const struct tour_neither_request *in,
                            struct tour_neither_reply *out)
{
    const uint8_t *more = tour_neither_request_more(in);
    uint32_t i;

    out->sum = (kgen_u64)in->first + in->second;
    for (i = in->more_count; i > 0; i--)
        tour_neither_append(call, out, &more[i - 1], 1);
    if (in->first == in->second)
        tour_neither_append(call, out, (const uint8_t *)"!", 1);
    return TOUR_OK;
}

/* ---- Handles of the caller ------------------------------------------------------------------ */

/* The boundary took the numbers out of the request: nothing is left of them. */
tour_status tour_on_watch(struct tour_call *call, const struct tour_watch_request *in,
                          const struct kgen_handle *changed)
{
    if (in->changed != 0)
        return TOUR_E_INTERNAL;
    kgen_handle_drop(&call->open->changed);
    call->open->changed = kgen_handle_keep(changed);
    call->device->level = (uint32_t)in->level;
    return TOUR_OK;
}

tour_status tour_on_lend(struct tour_call *call, const struct tour_lend_request *in,
                         struct tour_lend_reply *out, const struct kgen_handle *event,
                         const struct kgen_handle *file, const struct kgen_handle *section,
                         const struct kgen_handle *thread, const struct kgen_handle *process)
{
    (void)call;
    if ((in->event | in->file | in->section | in->thread | in->process) != 0)
        return TOUR_E_INTERNAL;
    out->given[0] = event->object != NULL;
    out->given[1] = file->object != NULL;
    out->given[2] = section->object != NULL;
    out->given[3] = thread->object != NULL;
    out->given[4] = process->object != NULL;
    if (in->step == 100)
        return TOUR_E_JAMMED;
    kgen_event_set(event);
    return TOUR_OK;
}

/* ---- Data buffers --------------------------------------------------------------------------- */

/* The caller's own buffer holds what it held wherever nothing is written to it. */
tour_status tour_on_fill(struct tour_call *call, const struct tour_fill_request *in,
                         struct kgen_data *data)
{
    const size_t step = sizeof(uint32_t);
    const uint32_t beyond = 0;
    size_t i;

    (void)call;
    if (kgen_data_write(data, data->size - 1, &beyond, step) ||
        kgen_data_write(data, (size_t)-4, &beyond, step))
        return TOUR_E_INTERNAL;
    for (i = 0; i < data->size / step && i < in->seed % 5000; i++) {
        uint32_t value = in->seed + (uint32_t)i;

        if (!kgen_data_write(data, i * step, &value, step))
            return TOUR_E_INTERNAL;
    }
    return TOUR_OK;
}

tour_status tour_on_sum(struct tour_call *call, const struct tour_sum_request *in,
                        struct kgen_data *data)
{
    uint16_t word = 0;
    size_t i;

    if (kgen_data_read(data, data->size - 1, &word, sizeof(word)) ||
        kgen_data_write(data, 0, &word, sizeof(word)))
        return TOUR_E_INTERNAL;
    call->device->level = in->start;
    for (i = 0; i < data->size; i += sizeof(word)) {
        if (!kgen_data_read(data, i, &word, sizeof(word)))
            return TOUR_E_INTERNAL;
        call->device->level += word;
    }
    return TOUR_OK;
}

/* ---- Objects --------------------------------------------------------------------------------- */

/* Values of `mode`. */
enum { MODE_REFUSE = 101, MODE_UNDECLARED = 102 };

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
