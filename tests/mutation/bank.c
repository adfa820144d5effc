/*
 * bank.c - plays the inputs of a fuzzer's corpus with one mutant alive after the other, each in a process of its own.
 *
 *     bank FOLDER... -- NUMBER...
 *
 * On standard output, for each number: the number, and what was said of the first input that tells the mutant apart.
 * It takes the place of libFuzzer, whose entry points the rest of the harness has.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS 30 /* a mutant may loop for ever */

extern int kgen_mutant;
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most)
{
    (void)data;
    (void)most;
    return size;
}

struct input {
    uint8_t *bytes;
    size_t size;
};

static struct input *inputs;
static size_t count;

static void load(const char *folder)
{
    struct dirent **names;
    int found = scandir(folder, &names, NULL, alphasort);
    int i;

    for (i = 0; i < found; i++) {
        char path[4096];
        FILE *file;
        long size;

        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        file = names[i]->d_name[0] != '.' ? fopen(path, "rb") : NULL;
        if (file == NULL)
            continue;
        (void)fseek(file, 0, SEEK_END);
        size = ftell(file);
        rewind(file);
        inputs = realloc(inputs, (count + 1) * sizeof(*inputs));
        inputs[count].bytes = malloc(size > 0 ? (size_t)size : 1);
        inputs[count].size = fread(inputs[count].bytes, 1, (size_t)size, file);
        count++;
        (void)fclose(file);
    }
}

/* What a sanitizer or the harness says, on one line. */
static void report(int number, FILE *said)
{
    char line[4096];
    char why[200] = "no report";

    rewind(said);
    while (fgets(line, sizeof(line), said) != NULL) {
        const char *from = strstr(line, "== kgen_fuzz: ");

        from = from != NULL ? from + 14 : strstr(line, "runtime error: ");
        if (from == NULL)
            from = strstr(line, "Sanitizer: ");
        if (from == NULL)
            continue;
        (void)snprintf(why, sizeof(why), "%.*s", (int)strcspn(from, "\n"), from);
        break;
    }
    (void)printf("%d %s\n", number, why);
}

static void try_one(int number)
{
    FILE *said = tmpfile();
    pid_t child = fork();
    int status;
    size_t i;

    if (child == 0) {
        (void)dup2(fileno(said), 2);
        (void)alarm(SECONDS);
        kgen_mutant = number;
        for (i = 0; i < count; i++)
            (void)LLVMFuzzerTestOneInput(inputs[i].bytes, inputs[i].size);
        _exit(0);
    }
    (void)waitpid(child, &status, 0);
    if (status != 0)
        report(number, said);
    (void)fclose(said);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    int i = 1;

    for (; i < argc && strcmp(argv[i], "--") != 0; i++)
        load(argv[i]);
    for (i++; i < argc; i++)
        try_one(atoi(argv[i]));
    return 0;
}
