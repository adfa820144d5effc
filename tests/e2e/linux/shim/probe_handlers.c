/* probe_handlers.c - handlers that hold against what they get what the schema promises. */
#include "probe_state.h"

probe_status probe_hook_start(struct probe_device *device)
{
    EXPECT_VALID(kgen_is_zero(device, sizeof(*device)));
    return PROBE_OK;
}

void probe_hook_stop(struct probe_device *device)
{
    EXPECT_VALID(device->opens == 0);
}

probe_status probe_hook_open(struct probe_device *device, struct probe_open *open)
{
    EXPECT_VALID(kgen_is_zero(open, sizeof(*open)));
    if (refuse_open)
        return PROBE_E_NO_MEMORY;
    device->opens++;
    return PROBE_OK;
}

void probe_hook_cleanup(struct probe_device *device, struct probe_open *open)
{
    device->opens--;
    kgen_handle_drop(&open->done);
    kgen_handle_drop(&open->log);
}

void probe_hook_close(struct probe_device *device, struct probe_open *open)
{
    (void)device;
    EXPECT_VALID(open->done.object == NULL && open->log.object == NULL);
}

void probe_hook_token_release(struct probe_device *device, struct probe_open *open,
                              struct probe_token *token)
{
    (void)device;
    (void)open;
    EXPECT_VALID(token->made == 1);
    token->made = 0;
    released++;
}

probe_status probe_on_nothing(struct probe_call *call)
{
    EXPECT_VALID(!call->from_kernel && call->native != NULL);
    handled++;
    return PROBE_OK;
}

probe_status probe_on_put(struct probe_call *call, const struct probe_put_request *in,
                          struct probe_put_reply *out)
{
    const uint32_t *words = probe_put_request_words(in);
    uint32_t count = kgen_from_be16((uint16_t)in->n);
    uint32_t i;

    (void)call;
    handled++;
    EXPECT_VALID(in->first <= 9 && in->rest == 0 && count >= 1 && count <= 100);
    for (i = 0; i < count; i++)
        out->sum += words[i];
    return in->first == 9 ? PROBE_E_NO_SPACE : PROBE_OK;
}

probe_status probe_on_pack(struct probe_call *call, const struct probe_pack_request *in)
{
    const uint16_t *words = probe_pack_request_words(in);
    uint32_t sum = 0;
    uint64_t i;

    (void)call;
    handled++;
    EXPECT_VALID(in->length <= 2000 && in->length % 2 == 0);
    for (i = 0; i < in->length / 2; i++)
        sum += words[i];
    return sum == 1 ? PROBE_E_INTERNAL : PROBE_OK;
}

probe_status probe_on_get(struct probe_call *call, const struct probe_get_request *in,
                          struct probe_get_reply *out)
{
    uint32_t i;

    handled++;
    EXPECT_VALID(in->want <= 200);
    for (i = 0; i < in->want; i++) {
        const uint8_t item = (uint8_t)(i + 1);

        probe_get_append(call, out, &item, 1);
    }
    return PROBE_OK;
}

probe_status probe_on_tell(struct probe_call *call, struct probe_note *out)
{
    (void)call;
    handled++;
    out->low = 1;
    out->high = 2;
    out->more = 3;
    return PROBE_OK;
}

probe_status probe_on_take(struct probe_call *call, const struct probe_note *in)
{
    handled++;
    call->device->note = *in;
    return PROBE_OK;
}

probe_status probe_on_swap(struct probe_call *call, const struct probe_note *in,
                           struct probe_note *out)
{
    (void)call;
    handled++;
    out->low = in->high;
    out->high = in->low;
    out->more = in->more + 1;
    return PROBE_OK;
}

probe_status probe_on_ask(struct probe_call *call, const struct probe_ask_request *in,
                          struct probe_note *out)
{
    (void)call;
    handled++;
    out->low = in->add;
    out->more = 5;
    return PROBE_OK;
}

probe_status probe_on_fill(struct probe_call *call, const struct probe_fill_request *in,
                           struct kgen_data *data)
{
    uint8_t bytes[16];
    size_t i;

    (void)call;
    handled++;
    EXPECT_VALID(data->size >= 1 && data->size <= 5000);
    memset(bytes, (int)(in->seed & 0xFF), sizeof(bytes));
    EXPECT_VALID(!kgen_data_write(data, data->size, bytes, 1));
    EXPECT_VALID(!kgen_data_write(data, (size_t)-1, bytes, 2));
    for (i = 0; i + sizeof(bytes) <= data->size; i += sizeof(bytes)) {
        if (!kgen_data_write(data, i, bytes, sizeof(bytes)))
            return PROBE_OK;
    }
    return PROBE_OK;
}

probe_status probe_on_sum(struct probe_call *call, struct kgen_data *data)
{
    uint32_t word = 0;
    size_t i;

    (void)call;
    handled++;
    EXPECT_VALID(data->size >= 4 && data->size <= 4000 && data->size % 4 == 0);
    EXPECT_VALID(!kgen_data_read(data, data->size - 3, &word, 4));
    for (i = 0; i < data->size; i += sizeof(word)) {
        if (!kgen_data_read(data, i, &word, sizeof(word)))
            return PROBE_OK;
    }
    return PROBE_OK;
}

probe_status probe_on_watch(struct probe_call *call, const struct probe_watch_request *in,
                            const struct kgen_handle *done, const struct kgen_handle *log)
{
    handled++;
    EXPECT_VALID(in->done == 0 && in->log == 0);
    kgen_event_set(done);
    kgen_handle_drop(&call->open->done);
    kgen_handle_drop(&call->open->log);
    call->open->done = kgen_handle_keep(done);
    call->open->log = kgen_handle_keep(log);
    return PROBE_OK;
}

probe_status probe_on_make(struct probe_call *call, const struct probe_make_request *in,
                           struct probe_make_reply *out, struct probe_token *token)
{
    (void)call;
    (void)out;
    handled++;
    EXPECT_VALID(token->made == 0);
    token->made = 1;
    return in->mode == 1 ? PROBE_E_INVALID : PROBE_OK;
}

probe_status probe_on_drop(struct probe_call *call, const struct probe_drop_request *in,
                           struct probe_token *token)
{
    (void)call;
    (void)in;
    handled++;
    EXPECT_VALID(token->made == 1);
    return PROBE_OK;
}
