/*
 * The main() of a fuzz target in a normal build: feeds it every file of tests/fuzz/corpus/TARGET/ (or the
 * files and folders named on the command line), whole and cut short at every length up to CUTS and then at
 * about CUTS places, each in a buffer of exactly its size, so that ASan sees a read beyond the end.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CUTS 512
#define LARGEST (8U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs;
static bool failed;

static void feed(const unsigned char *bytes, size_t n)
{
    unsigned char *exact = malloc(n ? n : 1);
    if (exact == NULL) {
        abort();
    }
    if (n != 0) {
        memcpy(exact, bytes, n);
    }
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    inputs++;
}

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = malloc(LARGEST);
    if (file == NULL || bytes == NULL) {
        perror(path);
        failed = true;
    } else {
        size_t n = fread(bytes, 1, LARGEST, file);
        size_t step = 1;
        for (size_t cut = 0; cut < n; cut += step) {
            if (cut == CUTS) {
                step = 1 + (n - CUTS) / CUTS;
            }
            feed(bytes, cut);
        }
        feed(bytes, n);
    }
    free(bytes);
    if (file != NULL) {
        fclose(file);
    }
}

static void replay_path(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        perror(path);
        failed = true;
        return;
    }
    if (!S_ISDIR(info.st_mode)) {
        replay_file(path);
        return;
    }
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);
    if (n < 0) {
        perror(path);
        failed = true;
        return;
    }
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            char child[4096];
            snprintf(child, sizeof(child), "%s/%s", path, entries[i]->d_name);
            replay_path(child);
        }
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *target = slash ? slash + 1 : argv[0];
    if (argc > 1) {
        for (int i = 1; i < argc; i++) {
            replay_path(argv[i]);
        }
    } else {
        char corpus[4096];
        snprintf(corpus, sizeof(corpus), "tests/fuzz/corpus/%s", target);
        replay_path(corpus);
    }
    if (inputs == 0) {
        fprintf(stderr, "%s: the corpus is empty\n", target);
        failed = true;
    }
    printf("%s: %lu inputs\n", target, inputs);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
