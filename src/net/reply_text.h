#ifndef NET_REPLY_TEXT_H
#define NET_REPLY_TEXT_H

#include <stddef.h>

/**
 * Private to net/: make ${bytes} UTF-8 without NUL, in place: what is neither becomes '?', a character that
 * is cut off at the end is left out. Returns how many bytes there are then.
 */
size_t reply_text(char *bytes, size_t n);

#endif
