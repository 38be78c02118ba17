// RE2 behind a C interface: the regular expressions by which consumer groups subscribe to topics (KIP-848).
#ifndef CREGEX_H
#define CREGEX_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct martlet_regex martlet_regex;

// What may be wrong with a pattern.
enum martlet_regex_fault {
    MARTLET_REGEX_FINE = 0,
    MARTLET_REGEX_INTERNAL,
    MARTLET_REGEX_BAD_ESCAPE,
    MARTLET_REGEX_BAD_CHARACTER_CLASS,
    MARTLET_REGEX_MISSING_BRACKET,
    MARTLET_REGEX_MISSING_PARENTHESIS,
    MARTLET_REGEX_UNEXPECTED_PARENTHESIS,
    MARTLET_REGEX_TRAILING_BACKSLASH,
    MARTLET_REGEX_NOTHING_TO_REPEAT,
    MARTLET_REGEX_BAD_REPEAT_COUNT,
    MARTLET_REGEX_NESTED_REPEAT,
    MARTLET_REGEX_BAD_PERL_SYNTAX,
    MARTLET_REGEX_BAD_UTF8,
    MARTLET_REGEX_BAD_NAME,
    MARTLET_REGEX_TOO_LARGE,
};

// Compiles a pattern in UTF-8. NULL when it is not valid; `fault` then says why.
martlet_regex *martlet_regex_compile(const char *pattern, size_t pattern_size, enum martlet_regex_fault *fault);

// Whether the whole text matches.
bool martlet_regex_matches(const martlet_regex *regex, const char *text, size_t text_size);

void martlet_regex_free(martlet_regex *regex);

#ifdef __cplusplus
}
#endif

#endif
