#include <stdio.h>

int main(void)
{
    fputs("usage: lifecycled VERB [OPTION...]\n", stderr);
    return 64;
}
