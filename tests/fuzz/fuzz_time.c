/* Whatever is read as a time can be printed, and reads as the same time again. */
#include "base/time.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    usec_t t, again;
    if (time_parse(text, &t)) {
        char printed[TIME_TEXT];
        size_t n = time_print(t, printed);
        bool is_read = time_parse((struct span){printed, n}, &again);
        assert(is_read && again == t);
    }
    int64_t day;
    if (day_parse(text, &day)) {
        int year, month, mday;
        day_to_date(day, &year, &month, &mday);
        assert(day_from_date(year, month, mday) == day);
    }
    return 0;
}
