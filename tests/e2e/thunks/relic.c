/*
 * A program of as many bits as its compiler makes it, with the header that kgen generated.
 *
 *   relic DEVICE         calls every code of a module
 *   relic --turn         writes the bytes of a request, for a simulator
 *   relic --turned       reads those of its reply, and judges them
 *
 * Exit status 0 where all is as it should be; else it says what is not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "relic_ioctl.h"

static int failures;

static void check(int holds, const char *what)
{
    if (holds)
        return;
    printf("wrong: %s (errno %d)\n", what, errno);
    failures++;
}

static void fill(struct relic_entry *entry)
{
    unsigned int i;

    memset(entry, 0x5A, sizeof(*entry));
    entry->kind = RELIC_KIND_PLAIN;
    entry->stamp = 0x0123456789ABCDEFu;
    entry->tag = 0x42;
    entry->where = (void *)(uintptr_t)0xDEADBEE0u;
    for (i = 0; i < 2; i++) {
        entry->spans[i].first = -100000 * (long)(i + 1);
        entry->spans[i].count = 0xFFFFFFF0u + i;
    }
    for (i = 0; i < 6; i++)
        entry->words[i / 3][i % 3] = 0x80000000u + i;
    for (i = 0; i < 3; i++) {
        entry->cells[i].id = 7 + i;
        entry->cells[i].level = (__u16)(998 + i);
    }
    memset(entry->name, 0, sizeof(entry->name));
    memcpy(entry->name, "relic", 5);
    entry->sure = 1;
    entry->when = -0x0123456789ABCDEF;
}

/* What is to come back, its holes zero. */
static void turn(struct relic_entry *turned)
{
    struct relic_entry entry;
    unsigned int i;

    fill(&entry);
    memset(turned, 0, sizeof(*turned));
    turned->kind = entry.kind;
    turned->stamp = ~entry.stamp;
    turned->tag = (__u8)~entry.tag;
    turned->where = entry.where;
    for (i = 0; i < 2; i++) {
        turned->spans[i].first = -entry.spans[1 - i].first;
        turned->spans[i].count = entry.spans[1 - i].count;
    }
    for (i = 0; i < 6; i++)
        turned->words[i / 3][i % 3] = entry.words[(5 - i) / 3][(5 - i) % 3];
    for (i = 0; i < 3; i++) {
        turned->cells[i].id = entry.cells[2 - i].id;
        turned->cells[i].level = entry.cells[2 - i].level;
    }
    memcpy(turned->name, entry.name, sizeof(entry.name));
    turned->when = -entry.when;
}

static int is_turned(const struct relic_entry *entry)
{
    struct relic_entry turned;

    turn(&turned);
    return memcmp(entry, &turned, sizeof(turned)) == 0;
}

static void call_turn(int device)
{
    struct relic_entry entry;

    fill(&entry);
    check(ioctl(device, RELIC_IOC_TURN, &entry) == 0, "turn");
    check(is_turned(&entry), "what turn answers");

    fill(&entry);
    entry.cells[2].level = 1001;
    check(ioctl(device, RELIC_IOC_TURN, &entry) == -1 && errno == EINVAL, "a level out of range");

    fill(&entry);
    entry.kind = RELIC_KIND_ODD;
    errno = 0;
    if (sizeof(long) == 8) {
        check(ioctl(device, RELIC_IOC_TURN, &entry) == 0, "a word of 64 bits");
        check(entry.words[0][0] == ~0ul, "the word of 64 bits");
    } else {
        check(ioctl(device, RELIC_IOC_TURN, &entry) == -1 && errno == EOVERFLOW,
              "a word of 64 bits, for 32");
        check(entry.words[0][0] == 0x80000000u, "a refused reply");
    }
}

static void call_notes(int device)
{
    struct relic_note note, told;

    memset(&note, 0x5A, sizeof(note));
    note.id = 7;
    note.stamp = 0xFEDCBA9876543210u;
    note.last = 9;
    check(ioctl(device, RELIC_IOC_KEEP, &note) == 0, "keep");
    memset(&told, 0x5A, sizeof(told));
    check(ioctl(device, RELIC_IOC_TOLD, &told) == 0, "told");
    memset(&note, 0, sizeof(note));
    note.id = 7;
    note.stamp = 0xFEDCBA9876543210u;
    note.last = 9;
    check(memcmp(&note, &told, sizeof(note)) == 0, "what told answers");
}

static void call_both(int device)
{
    struct relic_both_arg arg;
    struct relic_entry reply;

    memset(&arg, 0x5A, sizeof(arg));
    arg.request.note_id = 77;
    arg.request.wide = 0;
    memset(&reply, 0, sizeof(reply));
    reply.kind = RELIC_KIND_PLAIN;
    reply.stamp = 77;
    reply.where = (void *)(uintptr_t)0x1234;
    check(ioctl(device, RELIC_IOC_BOTH, &arg) == 0, "both");
    check(memcmp(&arg.reply, &reply, sizeof(reply)) == 0, "what both answers");
    arg.request.wide = 1;
    errno = 0;
    if (sizeof(long) == 8)
        check(ioctl(device, RELIC_IOC_BOTH, &arg) == 0, "a pointer of 64 bits");
    else
        check(ioctl(device, RELIC_IOC_BOTH, &arg) == -1 && errno == EOVERFLOW,
              "a pointer of 64 bits, for 32");
}

/* The numbers of callers of other bits are none here. */
static void call_others(int device)
{
    unsigned int other = sizeof(long) == 8 ? 100 : 152;
    unsigned long number = _IOC(_IOC_READ | _IOC_WRITE, RELIC_IOC_MAGIC, 1, other);
    char buffer[256];

    memset(buffer, 0, sizeof(buffer));
    errno = 0;
    check(number != RELIC_IOC_TURN, "another number");
    check(ioctl(device, number, buffer) == -1 && errno == ENOTTY, "the number of others");
}

int main(int count, char **words)
{
    struct relic_entry entry;
    int device;

    if (count != 2)
        return 2;
    if (strcmp(words[1], "--turn") == 0) {
        fill(&entry);
        return fwrite(&entry, sizeof(entry), 1, stdout) != 1;
    }
    if (strcmp(words[1], "--turned") == 0) {
        check(fread(&entry, sizeof(entry), 1, stdin) == 1 && getchar() == EOF, "the length");
        check(is_turned(&entry), "the reply");
        return failures != 0;
    }
    device = open(words[1], O_RDWR | O_CLOEXEC);
    if (device < 0) {
        perror(words[1]);
        return 2;
    }
    call_turn(device);
    call_notes(device);
    call_both(device);
    call_others(device);
    return failures != 0;
}
