/* Calls the tour driver through the generated C client; prints every expectation that fails. */
#include <stdio.h>

#include "tour_client.h"

static int failures;

static void expect(int line, const char *what, int good)
{
    if (good)
        return;
    printf("line %d: %s (error %lu)\n", line, what, GetLastError());
    failures++;
}

#define EXPECT(condition) expect(__LINE__, #condition, condition)

static void test_fixed(const struct tour_client *client)
{
    struct tour_scalars scalars = {0};
    struct tour_scalars echoed;
    struct tour_set_level_request level = {41};
    struct tour_get_level_reply reply;

    scalars.c = 1;
    EXPECT(tour_ping(client) == TOUR_OK);
    EXPECT(tour_echo_scalars(client, &scalars, &echoed) == TOUR_OK);
    EXPECT(memcmp(&scalars, &echoed, sizeof(scalars)) == 0);
    scalars.a = 254;
    EXPECT(tour_echo_scalars(client, &scalars, &echoed) == TOUR_E_JAMMED);
    scalars.a = 255;
    EXPECT(tour_echo_scalars(client, &scalars, &echoed) == TOUR_E_INTERNAL);
    scalars.c = 0;
    EXPECT(tour_echo_scalars(client, &scalars, &echoed) == TOUR_E_INVALID);
    EXPECT(tour_set_level(client, &level) == TOUR_OK);
    EXPECT(tour_get_level(client, &reply) == TOUR_OK && reply.value == 41);
}

static void test_tails(const struct tour_client *client)
{
    const struct tour_point points[2] = {{1, 2}, {3, 4}};
    struct tour_trace_points_request request = {0};
    struct tour_trace_points_reply reply;
    kgen_u64 weights[2] = {0, 0};
    struct tour_say_request say = {0};
    struct tour_say_reply said;
    kgen_char16 text[8];

    EXPECT(tour_trace_points(client, &request, points, 2, &reply, weights, 2) == TOUR_OK);
    EXPECT(reply.total == 2 && weights[1] == 7);
    EXPECT(tour_trace_points(client, &request, points, 2, &reply, weights, 1) == TOUR_TRUNCATED);
    EXPECT(reply.total == 2 && reply.weights_count == 1);
    EXPECT(tour_trace_points(client, &request, points, 17, &reply, weights, 1) == TOUR_E_INVALID);
    EXPECT(tour_say(client, &say, "2ab", 3, &said, text, 8) == TOUR_OK);
    EXPECT(said.text_count == 6 && text[5] == L'b');
    EXPECT(tour_say(client, &say, "2ab", 3, &said, text, 5) == TOUR_E_SHORT_BUFFER);
}

static void test_growth(const struct tour_client *client)
{
    struct tour_reading reading;
    size_t done;

    EXPECT(tour_read_reading(client, &reading) == TOUR_OK);
    EXPECT(reading.pad[0] == 0 && reading.ticks == 0x1111111111111111ull);
    EXPECT(kgen_client_control(client->device, IOCTL_TOUR_READ_READING, NULL, 0, &reading, 16,
                               &done) == ERROR_SUCCESS);
    EXPECT(done == 16);
}

static void test_data(const struct tour_client *client)
{
    struct tour_fill_request fill = {5};
    struct tour_sum_request sum = {1};
    struct tour_get_level_reply level;
    uint32_t words[300];
    size_t done;

    EXPECT(tour_fill(client, &fill, words, sizeof(words), &done) == TOUR_OK);
    EXPECT(done == sizeof(words) && words[299] == 304);
    EXPECT(tour_fill(client, &fill, words, 3, &done) == TOUR_E_SHORT_BUFFER);
    fill.seed = 1000;
    EXPECT(tour_fill(client, &fill, words, sizeof(words), &done) == TOUR_E_INTERNAL && done == 0);
    words[0] = 0x00010002;
    EXPECT(tour_sum(client, &sum, words, 4) == TOUR_OK);
    EXPECT(tour_get_level(client, &level) == TOUR_OK && level.value == 4);
}

static void test_neither(const struct tour_client *client)
{
    struct tour_neither_request request = {0};
    struct tour_neither_reply reply;
    uint8_t more[4] = {0};
    size_t done;

    request.first = 0xFFFFFFFFu;
    request.second = 1;
    EXPECT(tour_neither(client, &request, (const uint8_t *)"abc", 3, &reply, more, 4) == TOUR_OK);
    EXPECT(reply.sum == 0x100000000ull && reply.more_count == 3 && memcmp(more, "abc", 3) == 0);
    EXPECT(tour_neither(client, &request, (const uint8_t *)"abc", 3, &reply, more, 2) ==
           TOUR_E_SHORT_BUFFER);
    EXPECT(kgen_client_control(client->device, IOCTL_TOUR_NEITHER, &request, 11, &reply,
                               sizeof(reply), &done) == ERROR_BAD_LENGTH);
}

int main(void)
{
    struct tour_client client;
    struct tour_client none;

    EXPECT(tour_client_open(&client, NULL, KGEN_READ_ACCESS | KGEN_WRITE_ACCESS) == TOUR_OK);
    EXPECT(tour_client_open(&none, "\\\\.\\NoSuchDevice", KGEN_ANY_ACCESS) == KGEN_OTHER);
    test_fixed(&client);
    test_tails(&client);
    test_growth(&client);
    test_data(&client);
    test_neither(&client);
    EXPECT(tour_client_open(&none, NULL, KGEN_ANY_ACCESS) == TOUR_OK);
    EXPECT(tour_get_level(&none, &(struct tour_get_level_reply){0}) == TOUR_E_ACCESS_DENIED);
    tour_client_close(&none);
    tour_client_close(&client);
    printf("%d failures\n", failures);
    return failures != 0;
}
