// RE2 behind a C interface. No exception leaves it: RE2 reports by values, and what allocates is caught here.

#include "CRegex.h"

#include <re2/re2.h>

#include <new>

struct martlet_regex {
    explicit martlet_regex(const re2::StringPiece &pattern) : compiled(pattern, options()) {}

    static RE2::Options options() {
        RE2::Options options;
        // Clients send patterns: bad ones are answered, not printed, and each may use a bounded amount of memory.
        options.set_log_errors(false);
        options.set_max_mem(8 << 20);
        return options;
    }

    RE2 compiled;
};

static martlet_regex_fault fault_of(RE2::ErrorCode code) {
    switch (code) {
        case RE2::NoError: return MARTLET_REGEX_FINE;
        case RE2::ErrorBadEscape: return MARTLET_REGEX_BAD_ESCAPE;
        case RE2::ErrorBadCharClass: return MARTLET_REGEX_BAD_CHARACTER_CLASS;
        case RE2::ErrorBadCharRange: return MARTLET_REGEX_BAD_CHARACTER_CLASS;
        case RE2::ErrorMissingBracket: return MARTLET_REGEX_MISSING_BRACKET;
        case RE2::ErrorMissingParen: return MARTLET_REGEX_MISSING_PARENTHESIS;
        case RE2::ErrorUnexpectedParen: return MARTLET_REGEX_UNEXPECTED_PARENTHESIS;
        case RE2::ErrorTrailingBackslash: return MARTLET_REGEX_TRAILING_BACKSLASH;
        case RE2::ErrorRepeatArgument: return MARTLET_REGEX_NOTHING_TO_REPEAT;
        case RE2::ErrorRepeatSize: return MARTLET_REGEX_BAD_REPEAT_COUNT;
        case RE2::ErrorRepeatOp: return MARTLET_REGEX_NESTED_REPEAT;
        case RE2::ErrorBadPerlOp: return MARTLET_REGEX_BAD_PERL_SYNTAX;
        case RE2::ErrorBadUTF8: return MARTLET_REGEX_BAD_UTF8;
        case RE2::ErrorBadNamedCapture: return MARTLET_REGEX_BAD_NAME;
        case RE2::ErrorPatternTooLarge: return MARTLET_REGEX_TOO_LARGE;
        case RE2::ErrorInternal: return MARTLET_REGEX_INTERNAL;
    }
    return MARTLET_REGEX_INTERNAL;
}

extern "C" martlet_regex *martlet_regex_compile(
    const char *pattern, size_t pattern_size, enum martlet_regex_fault *fault) {
    try {
        martlet_regex *regex = new martlet_regex(re2::StringPiece(pattern, pattern_size));
        *fault = fault_of(regex->compiled.error_code());
        if (regex->compiled.ok()) return regex;
        delete regex;
    } catch (const std::bad_alloc &) {
        *fault = MARTLET_REGEX_TOO_LARGE;
    }
    return nullptr;
}

extern "C" bool martlet_regex_matches(const martlet_regex *regex, const char *text, size_t text_size) {
    try {
        return RE2::FullMatch(re2::StringPiece(text, text_size), regex->compiled);
    } catch (const std::bad_alloc &) {
        return false;
    }
}

extern "C" void martlet_regex_free(martlet_regex *regex) { delete regex; }
