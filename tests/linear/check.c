/* Judges histories from the standard input, such as tests/linear/workers.mjs writes: check WHAT. */
#include "linear.h"

int main(int argc, char **argv)
{
    static struct linear_history h;
    const char *what = argc > 1 ? argv[1] : "histories";
    unsigned long histories = 0, operations = 0, side_by_side = 0;
    while (linear_read(stdin, &h)) {
        histories++;
        operations += h.count;
        side_by_side += linear_overlaps(&h);
        if (linear_check(&h))
            continue;
        linear_print(stdout, &h);
        printf("not ok linear: %s: no order explains history %lu\n", what, histories);
        return 1;
    }
    printf("%s linear: %s: %lu histories, %lu operations, %lu pairs side by side\n",
           side_by_side ? "ok" : "not ok", what, histories, operations, side_by_side);
    return side_by_side == 0;
}
