/* MUTANT: the number of the mistake to be made. MUTANTS_MET: a file of one byte a mistake, for those that are met. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { MOST = 65536 };

static unsigned char nobody_asks[MOST];
unsigned mutant;
unsigned char *mutants_met = nobody_asks;

__attribute__((constructor)) static void begin(void)
{
    const char *number = getenv("MUTANT"), *met = getenv("MUTANTS_MET");
    mutant = number ? (unsigned)strtoul(number, NULL, 10) : 0;
    if (met == NULL)
        return;
    int file = open(met, O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, MOST) != 0 ||
        (mutants_met = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)) ==
            MAP_FAILED) {
        perror(met);
        exit(2);
    }
}
