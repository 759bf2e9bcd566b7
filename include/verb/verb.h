#ifndef VERB_VERB_H
#define VERB_VERB_H

#include "base/clock.h"
#include "base/config.h"

/** The verbs of the command line: one row a verb. */
#define VERB_TABLE(X)                                                                                         \
    X(serve, "serve", "", "Serve HTTP until SIGTERM.")                                                        \
    X(migrate, "migrate", "", "Bring the database to this binary's schema.")                                  \
    X(shops, "shops", "create SHOP --currency EUR --timezone Europe/Berlin | list", "Make and list shops.")   \
    X(keys, "keys", "create --shop SHOP --scope write|read|admin [--label TEXT] [--quota REQUESTS/SECONDS|0]"    \
      " | list [--shop SHOP] | revoke ID --shop SHOP",                                                        \
      "Make, list and revoke keys.")                                                                          \
    X(import, "import", "--shop SHOP --format csv|ndjson|woocommerce [--map FIELD=COLUMN ...] [--refused FILE]"   \
      " [--order-prefix TEXT] [--user-id none|id|email] [--currency CODE] [--channel NAME] [FILE]",           \
      "Take in history at its true dates.")                                                                   \
    X(verify, "verify", "[--shop SHOP] [--customer ID]", "Fold the ledger and compare with what is stored.")  \
    X(rebuild, "rebuild", "[--shop SHOP] [--customer ID]", "Verify, and repair what differs.")                \
    X(fit, "fit", "--shop SHOP [--dry-run]", "Fit the parameters of the scores, and put them in force.")      \
    X(backtest, "backtest", "--shop SHOP --calibrate-to DATE [--horizon 52w|90d] [--format text|json]",       \
      "Predict from the orders up to a date, and compare with what came.")                                    \
    X(demo, "demo", "", "Make the shop `demo` with made-up customers.")                                       \
    X(rule, "rule", "--data JSON RULE", "Evaluate a rule on data and print the result.")                      \
    X(score, "score", "--model bg|mbg|cnbd [--k 1|2|3|4] --params r,alpha,a,b [FILE]",                        \
      "Print P(alive), P(active) and expected purchases of rows x,t_x,T,t.")                                  \
    X(print, "print", "settings|facts|errors|events|routes|models|metrics|metric-schemas",  \
      "Print a table of the program as Markdown, or its part of openapi.yaml.") \
    X(healthcheck, "healthcheck", "", "Ask the service on this machine whether it is ready.")

struct verb_context {
    struct config config;
    struct clock clock;
};

/** Exit codes (sysexits): 0 done, 64 wrong usage, 65 wrong data, 69 database away, 70 our failure, 78 wrong setting. */
#define EXIT_USAGE 64
#define EXIT_DATA 65
#define EXIT_NO_INPUT 66
#define EXIT_AWAY 69
#define EXIT_SOFTWARE 70
#define EXIT_CONFIG 78

#define X(name, text, usage, sentence) int verb_##name(struct verb_context *context, int argc, char **argv);
VERB_TABLE(X)
#undef X

/** What config_load() does not look at: networks to which webhooks may go. Errors BAD_CONFIG. */
enum status verb_settings_check(const struct config *config, struct error *error) MUST_CHECK;
/** Print "lifecycled VERB: detail" and give the exit code that fits ${error}. */
int verb_fail(const char *verb, const struct error *error);
/** Print how ${verb} is used; EXIT_USAGE. */
int verb_usage(const char *verb);

#endif
