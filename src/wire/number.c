#include "number.h"

#include "base/time.h"
#include "core/value.h"

#include <math.h>

void number_print(struct buf *buf, double n)
{
    char text[NUMBER_TEXT];
    if (isfinite(n))
        buf_append(buf, text, value_number_print(n, text));
    else
        buf_text(buf, "null");
}

void day_print(struct buf *buf, int64_t day)
{
    int year, month, mday;
    day_to_date(day, &year, &month, &mday);
    buf_printf(buf, "\"%04d-%02d-%02d\"", year, month, mday);
}
