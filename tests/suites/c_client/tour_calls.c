/* tour_calls.c - what the vault's interface has not: byte orders, unions, text, growth, METHOD_NEITHER. */
#include "tour_client.h"

#include "checks.h"

#if !defined(_WIN32)
#include <poll.h>
#include <sys/eventfd.h>
#endif

static void scalars(const struct tour_client *client)
{
    struct tour_scalars in;
    struct tour_scalars out;

    memset(&in, 0, sizeof(in));
    in.a = 1;
    in.b = -128;
    in.c = 1000;
    in.e = ~(uint64_t)0;
    in.g = kgen_to_be32(0x01020304);
    in.j = kgen_to_be64(0x0102030405060708u);
    in.k = 1;
    in.l[2] = 1;
    in.id.data1 = 0x12345678;
    CHECK(tour_echo_scalars(client, &in, &out) == TOUR_OK);
    CHECK(memcmp(&in, &out, sizeof(in)) == 0);
    CHECK(kgen_from_be32(out.g) == 0x01020304 && ((const uint8_t *)&out.g)[0] == 1);
    in.a = 0xEE;
    CHECK(tour_echo_scalars(client, &in, &out) == TOUR_E_JAMMED);
    in.a = 0xED;
    CHECK(tour_echo_scalars(client, &in, &out) == TOUR_E_WORN_OUT);
    in.a = 0xEC;
    CHECK(tour_echo_scalars(client, &in, &out) == EITHER(TOUR_E_INTERNAL, TOUR_E_WORN_OUT));
    in.a = 0;
    in.d = 6;
    CHECK(tour_echo_scalars(client, &in, &out) == TOUR_E_INVALID);
}

static void drawing(const struct tour_client *client)
{
    struct tour_drawing in;
    struct tour_draw_reply out;

    memset(&in, 0, sizeof(in));
    in.shape = TOUR_SHAPE_DOT;
    in.shade = TOUR_SHADE_DEEP;
    in.figure.dot.x = 3;
    in.figure.dot.y = 65535;
    CHECK(tour_draw(client, &in, &out) == TOUR_OK);
    CHECK(out.area == 3u * 65535u && kgen_from_be32(out.masks) == TOUR_MASKS_HIGH);
    CHECK((out.mode & TOUR_LINK_MODE_SHADE_MASK) >> TOUR_LINK_MODE_SHADE_SHIFT == TOUR_SHADE_DEEP);
    in.shape = TOUR_SHAPE_NOTHING; /* the dot is still there, behind no arm */
    CHECK(tour_draw(client, &in, &out) == TOUR_E_INVALID);
}

static void tails(const struct tour_client *client)
{
    struct tour_trace_points_request in;
    struct tour_trace_points_reply out;
    struct tour_point points[TOUR_MAX_POINTS];
    kgen_u64 weights[TOUR_MAX_POINTS];
    struct tour_say_request say;
    struct tour_say_reply said;
    kgen_char16 text[200];
    uint32_t i;

    memset(&in, 0, sizeof(in));
    for (i = 0; i < TOUR_MAX_POINTS; i++) {
        points[i].x = i;
        points[i].y = 65535;
    }
    CHECK(tour_trace_points(client, &in, points, 16, &out, weights, 16) == TOUR_OK);
    CHECK(out.weights_count == 16 && out.total == 16 && weights[15] == 15u * 65535u);
    CHECK(tour_trace_points(client, &in, points, 16, &out, weights, 7) == TOUR_TRUNCATED);
    CHECK(out.weights_count == 7 && out.total == 16 && weights[6] == 6u * 65535u);
    CHECK(tour_trace_points(client, &in, points, 17, &out, weights, 16) == TOUR_E_INVALID);
    CHECK(tour_trace_points(client, &in, points, 0, &out, weights, 16) == TOUR_E_INVALID);

    memset(&say, 0, sizeof(say));
    CHECK(tour_say(client, &say, "\xC3\xA9\xF0\x9F\x98\x80", 6, &said, text, 200) == TOUR_OK);
    CHECK(said.text_count == 3 && memcmp(text, u"\u00E9\U0001F600", 6) == 0);
    CHECK(tour_say(client, &say, "\xC3\xA9", 2, &said, text, 0) == EITHER(TOUR_E_SHORT_BUFFER, TOUR_E_INVALID));
    CHECK(tour_say(client, &say, "\xC3", 1, &said, text, 200) == TOUR_E_INVALID);
}

static void level(const struct tour_client *client, uint32_t expected)
{
    struct tour_get_level_reply level = {0};

    CHECK(tour_get_level(client, &level) == TOUR_OK);
    CHECK(level.value == expected);
}

static void buffers(const struct tour_client *client)
{
    /* Not const: Wine, other than Windows, wants to write to what a driver only reads. */
    uint16_t words[3] = {1, 2, 65535};
    struct tour_pack_request pack = {0};
    struct tour_fill_request fill = {3};
    struct tour_sum_request sum = {10};
    struct tour_set_level_request set = {77};
    uint32_t numbers[5] = {9, 9, 9, 9, 9};
    size_t done;

    CHECK(tour_set_level(client, &set) == TOUR_OK);
    level(client, 77);
    CHECK(tour_pack(client, &pack, words, 3) == TOUR_OK);
    level(client, 6 + 65538);
    CHECK(tour_sum(client, &sum, words, sizeof(words)) == TOUR_OK);
    level(client, 10 + 65538);
    CHECK(tour_sum(client, &sum, words, 3) == EITHER(TOUR_E_BAD_LENGTH, TOUR_E_INVALID));
    CHECK(tour_fill(client, &fill, numbers, sizeof(numbers), &done) == TOUR_OK);
    CHECK(done == 12 && numbers[0] == 3 && numbers[2] == 5 && numbers[3] == 9);
}

static void growth(const struct tour_client *client)
{
    struct tour_reading in;
    struct tour_reading out;

    memset(&in, 0, sizeof(in));
    in.ticks = 5;
    in.mood = TOUR_MOOD_BAD;
    in.peak = 7;
    CHECK(tour_write_reading(client, &in) == TOUR_OK);
    CHECK(tour_read_reading(client, &out) == TOUR_OK);
    CHECK(memcmp(&in, &out, sizeof(in)) == 0);
    in.pad2 = 1;
    CHECK(tour_write_reading(client, &in) == TOUR_E_INVALID);
}

static void neither(const struct tour_client *client)
{
    struct tour_neither_request in = {1, 2, 0};
    struct tour_neither_reply out;
    uint8_t more[64];

    CHECK(tour_neither(client, &in, (const uint8_t *)"abc", 3, &out, more, 64) == TOUR_OK);
    CHECK(out.sum == 3 && out.more_count == 3 && memcmp(more, "cba", 3) == 0);
    CHECK(tour_neither(client, &in, (const uint8_t *)"abc", 3, &out, more, 2) == EITHER(TOUR_E_SHORT_BUFFER, TOUR_E_INVALID));
    CHECK(tour_neither(client, &in, more, 65, &out, more, 64) == TOUR_E_INVALID);
}

#if defined(_WIN32)
typedef HANDLE event_handle;

static event_handle make_event(void)
{
    return CreateEventW(NULL, TRUE, FALSE, NULL);
}

static int is_set(event_handle event)
{
    return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

static int reset(event_handle event)
{
    return ResetEvent(event) != 0;
}

static void close_event(event_handle event)
{
    CloseHandle(event);
}
#else
typedef intptr_t event_handle;

static event_handle make_event(void)
{
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

static int is_set(event_handle event)
{
    struct pollfd file = {(int)event, POLLIN, 0};

    return poll(&file, 1, 0) == 1;
}

static int reset(event_handle event)
{
    uint64_t count;

    return read((int)event, &count, sizeof(count)) == (ssize_t)sizeof(count);
}

static void close_event(event_handle event)
{
    close((int)event);
}
#endif

/* A handle goes into 64 bits as it is, whatever the size of a pointer. */
static void handles(const struct tour_client *client)
{
    event_handle event = make_event();
    struct tour_watch_request watch;
    struct tour_lend_request lend;
    struct tour_lend_reply out;
    struct tour_set_level_request set = {5};

    memset(&watch, 0, sizeof(watch));
    memset(&lend, 0, sizeof(lend));
    CHECK(tour_lend(client, &lend, &out) == TOUR_OK && out.given[0] == 0);
    lend.event = (uint64_t)(uintptr_t)event;
    CHECK(tour_lend(client, &lend, &out) == TOUR_OK && out.given[0] == 1);
    CHECK(is_set(event));
    lend.section = lend.event;
    CHECK(tour_lend(client, &lend, &out) == TOUR_E_BAD_HANDLE);
    CHECK(tour_watch(client, &watch) == TOUR_E_BAD_HANDLE);
    watch.changed = lend.event;
    CHECK(tour_watch(client, &watch) == TOUR_OK);
    CHECK(reset(event) && tour_set_level(client, &set) == TOUR_OK);
    CHECK(is_set(event));
    close_event(event);
}

static void objects(const struct tour_client *client)
{
    struct tour_make_token_request make = {10, 0};
    struct tour_make_token_reply made[2];
    struct tour_weigh_request weigh;
    struct tour_weigh_reply weight;
    struct tour_trade_request trade;
    struct tour_trade_reply traded;
    struct tour_empty_request empty;
    struct tour_empty_reply emptied;
    struct tour_drop_token_request drop;
    struct tour_drop_token_reply dropped;

    memset(&weigh, 0, sizeof(weigh));
    memset(&trade, 0, sizeof(trade));
    memset(&drop, 0, sizeof(drop));
    CHECK(tour_make_token(client, &make, &made[0]) == TOUR_OK);
    CHECK(tour_make_token(client, &make, &made[1]) == TOUR_OK);
    weigh.first = weigh.pair.left = weigh.pair.right = made[0].token;
    CHECK(tour_weigh(client, &weigh, &made[1].token, 1, &weight) == TOUR_OK);
    CHECK(weight.weight == 40);
    trade.tokens[0] = made[0].token;
    trade.tokens[1] = made[1].token;
    CHECK(tour_trade(client, &trade, &traded) == TOUR_OK && traded.weight == 20);
    drop.token = made[0].token;
    CHECK(tour_drop_token(client, &drop, &dropped) == TOUR_E_BAD_HANDLE);
    empty.value = traded.basket;
    CHECK(tour_empty(client, &empty, &emptied) == TOUR_OK && emptied.value == 20);
}

int main(void)
{
    struct tour_client client;

    CHECK(tour_client_open(&client, NULL, KGEN_READ_ACCESS | KGEN_WRITE_ACCESS) == TOUR_OK);
    CHECK(tour_ping(&client) == TOUR_OK);
    CHECK(tour_old_ping(&client) == TOUR_OK);
    scalars(&client);
    drawing(&client);
    tails(&client);
    buffers(&client);
    growth(&client);
    neither(&client);
    handles(&client);
    objects(&client);
    tour_client_close(&client);
    return summary();
}
