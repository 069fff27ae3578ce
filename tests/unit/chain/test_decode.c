#include <dirent.h>

#include "decode_support.h"

#define VECTORS LIQD_SOURCE_DIR "/tests/vectors/chain"

/* A text of tests/vectors/chain: its name says what it is and who sends such. */
typedef struct sample {
    kind_t kind;
    char name[64];
    char *text;
} sample_t;

static sample_t samples[128];
static size_t sample_cnt;

static int read_samples(void **state)
{
    (void)state;
    DIR *dir = opendir(VECTORS);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));)
        for (kind_t k = 0; k < KIND_CNT; k++) {
            if (strncmp(e->d_name, kind_prefix[k], strlen(kind_prefix[k])) != 0)
                continue;
            assert_true(sample_cnt < LQ_ARRAY_CNT(samples));
            sample_t *s = &samples[sample_cnt++];
            s->kind = k;
            (void)snprintf(s->name, sizeof(s->name), "%.60s", e->d_name);
            char path[512];
            (void)snprintf(path, sizeof(path), VECTORS "/%.255s", e->d_name);
            s->text = lq_test_read(path, NULL);
        }
    (void)closedir(dir);
    return sample_cnt > 60 ? 0 : -1;
}

static int free_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sample_cnt; i++)
        free(samples[i].text);
    return 0;
}

/* Both say the same of TEXT, which comes from the sample S: errors too, unless LOOSE. */
static void compare(const sample_t *s, const char *text, const json_t *tree, bool loose)
{
    view_t ours;
    view_t theirs;
    if (!view_by_us(&ours, s->kind, text))
        fail_msg("%s: not taken for JSON: %s", s->name, text);
    view_by_jansson(&theirs, s->kind, tree);
    if (loose ? !ours.err != !theirs.err : ours.err != theirs.err)
        fail_msg("%s: %s instead of %s: %s", s->name, lq_err_name(ours.err),
                 lq_err_name(theirs.err), text);
    if (!ours.err && strcmp(ours.text, theirs.text) != 0)
        fail_msg("%s: %s\ninstead of\n%s\nof %s", s->name, ours.text, theirs.text, text);
}

static const sample_t *sample_of(const char *name)
{
    for (size_t i = 0; i < sample_cnt; i++)
        if (strcmp(samples[i].name, name) == 0)
            return &samples[i];
    fail_msg("no sample %s", name);
    return NULL;
}

/* Those that cannot be taken are not in a block yet, or are from before 2017. */
static void takes_what_nodes_send(void **state)
{
    (void)state;
    static const char *const refused[] = {"header_geth_pending.json", "log_pending.json",
                                          "receipt_before_byzantium.json"};
    for (size_t i = 0; i < sample_cnt; i++) {
        const sample_t *s = &samples[i];
        lq_err_t want = LQ_OK;
        for (size_t k = 0; k < LQ_ARRAY_CNT(refused); k++)
            if (strcmp(s->name, refused[k]) == 0)
                want = LQ_ERR_NOT_FOUND;
        view_t ours;
        assert_true(view_by_us(&ours, s->kind, s->text));
        if (ours.err != want)
            fail_msg("%s: %s", s->name, lq_err_name(ours.err));
        json_t *tree = json_loads(s->text, JSON_REJECT_DUPLICATES, NULL);
        compare(s, s->text, tree, false);
        json_decref(tree);
    }
}

static void takes_each_field_of_a_log(void **state)
{
    (void)state;
    view_t v;
    assert_true(view_by_us(&v, LOG, sample_of("log_anvil_note.json")->text));
    assert_string_equal(
        v.text, "address=5fbdb2315678afecb367f032d93f642f64180aa3 "
                "topic=1111111111111111111111111111111111111111111111111111111111111111 "
                "topic=2222222222222222222222222222222222222222222222222222222222222222 "
                "topic=0000000000000000000000000000000000000000000000000000000000000005 "
                "data=000000000000000000000000000000000000000000000000000000000000002a"
                "000000000000000000000000f39fd6e51aad88f6f4ce6ab8827279cfffb92266 "
                "blockNumber=2 "
                "transactionHash=b2b5fe97e69f9acfe4666a3f3780497729482b11931d8cf6b1a91aec9c62018a "
                "transactionIndex=0 "
                "blockHash=358ddefd9456b8699bd631b1c360ca9aea23a415eeda362e08d85e666b613c2b "
                "logIndex=0 removed=false ");
}

/* TREE as text, with what must change replaced. */
static void compare_tree(const sample_t *s, const json_t *tree, bool loose)
{
    char *text = json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_non_null(text);
    compare(s, text, tree, loose);
    free(text);
}

#define ZEROS_64 "0000000000000000000000000000000000000000000000000000000000000000"
static const char beyond_u256[] = "\"0x1" ZEROS_64 "\"";
static const char zero_hash[] = "\"0x" ZEROS_64 "\"";
static const char odd_zeros[] = "\"0x0" ZEROS_64 "\"";
static const char five_topics[] = "[\"0x" ZEROS_64 "\",\"0x" ZEROS_64 "\",\"0x" ZEROS_64
                                  "\",\"0x" ZEROS_64 "\",\"0x" ZEROS_64 "\"]";

/* What stands where something else should. */
static const char *const wrong[] = {
    "null",
    "true",
    "false",
    "0",
    "1.5",
    "[]",
    "{}",
    "[\"0x1\"]",
    "{\"a\":1}",
    "\"\"",
    "\"0x\"",
    "\"0x0\"",
    "\"0x1\"",
    "\"0x2\"",
    "\"0x00\"",
    "\"0x01\"",
    "\"0X1\"",
    "\"1\"",
    "\"0xg\"",
    "\"0x 1\"",
    "\"0x7f\"",
    "\"0x80\"",
    "\"0x102\"",
    "\"0xffffffff\"",
    "\"0x100000000\"",
    "\"0xffffffffffffffff\"",
    "\"0x10000000000000000\"",
    beyond_u256,
    zero_hash,
    odd_zeros,
    "\"0x0000000000000000000000000000000000000000\"",
    "\"0xABCDEF\"",
    "\"0x1\\u0000\"",
    "[null]",
    five_topics,
};

static json_t *wrong_value(size_t i)
{
    json_t *j = json_loads(wrong[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(j);
    return j;
}

static void judges_each_member_missing_and_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sample_cnt; i++) {
        const sample_t *s = &samples[i];
        json_t *tree = json_loads(s->text, 0, NULL);
        view_t plain;
        view_by_jansson(&plain, s->kind, tree);
        bool loose = plain.err; /* of two faults, either may be told */
        for (const char *const *name = kind_members[s->kind]; *name; name++) {
            json_t *kept = json_deep_copy(tree);
            (void)json_object_del(tree, *name);
            compare_tree(s, tree, loose);
            for (size_t k = 0; k < LQ_ARRAY_CNT(wrong); k++) {
                (void)json_object_set_new(tree, *name, wrong_value(k));
                compare_tree(s, tree, loose);
            }
            json_decref(tree);
            tree = kept;
        }
        json_decref(tree);
    }
}

static bool is_looked_at(kind_t kind, const char *member)
{
    for (const char *const *name = kind_members[kind]; *name; name++)
        if (strcmp(*name, member) == 0)
            return true;
    return false;
}

static void refuses_a_member_that_comes_twice_unless_it_is_ignored(void **state)
{
    (void)state;
    for (size_t i = 0; i < sample_cnt; i++) {
        const sample_t *s = &samples[i];
        json_t *tree = json_loads(s->text, 0, NULL);
        view_t plain;
        assert_true(view_by_us(&plain, s->kind, s->text));
        const char *name;
        json_t *value;
        json_object_foreach(tree, name, value)
        {
            char *again = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
            size_t sz = strlen(s->text) + strlen(name) + strlen(again) + 8;
            char *text = malloc(sz);
            assert_non_null(text);
            (void)snprintf(text, sz, "{\"%s\":%s,%s", name, again, s->text + 1);
            view_t v;
            assert_true(view_by_us(&v, s->kind, text));
            if (is_looked_at(s->kind, name))
                assert_err(v.err, LQ_ERR_EXISTS);
            else
                assert_string_equal(v.text, plain.text);
            free(text);
            free(again);
        }
        json_decref(tree);
    }
}

static void refuses_what_is_no_object(void **state)
{
    (void)state;
    for (kind_t k = 0; k < KIND_CNT; k++) {
        static const char *const texts[] = {"null", "1", "\"0x\"", "[]", "true"};
        for (size_t i = 0; i < LQ_ARRAY_CNT(texts); i++) {
            view_t v;
            assert_true(view_by_us(&v, k, texts[i]));
            assert_err(v.err, LQ_ERR_SYNTAX);
        }
    }
}

static void bounds_data_by_the_room_there_is(void **state)
{
    (void)state;
    const sample_t *s = sample_of("log_anvil_note.json");         /* 64 bytes of data */
    const sample_t *t = sample_of("tx_anvil_type2_pending.json"); /* 100 */
    lq_json_tok_t tok[256];
    static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, 64};
    lq_json_t doc;
    lq_evm_log_t log;
    lq_pending_tx_t tx;
    bool flag;
    uint8_t buf[100];
    lq_err_msg_t msg;
    assert_ok(lq_json_parse(&doc, tok, 256, NULL, s->text, strlen(s->text), &limits));
    lq_json_val_t root = lq_json_root(&doc);
    assert_ok(lq_evm_log_decode(&doc, &log, &flag, buf, 64, NULL, root));
    assert_err(lq_evm_log_decode(&doc, &log, &flag, buf, 63, &msg, root), LQ_ERR_TOO_LONG);
    assert_non_null(strstr(msg.text, "data"));
    assert_err(lq_evm_log_decode(&doc, &log, &flag, NULL, 0, NULL, root), LQ_ERR_TOO_LONG);
    assert_ok(lq_json_parse(&doc, tok, 256, NULL, t->text, strlen(t->text), &limits));
    root = lq_json_root(&doc);
    assert_ok(lq_pending_tx_decode(&doc, &tx, &flag, buf, 100, NULL, root));
    assert_err(lq_pending_tx_decode(&doc, &tx, &flag, buf, 99, NULL, root), LQ_ERR_TOO_LONG);
}

/* Replaces or takes away something anywhere in TREE. */
static void mutate_tree(lq_rng_t *rng, json_t *tree)
{
    size_t nth = lq_rng_below(rng, json_object_size(tree));
    void *it = json_object_iter(tree);
    while (nth--)
        it = json_object_iter_next(tree, it);
    json_t *value = json_object_iter_value(it);
    if (json_is_array(value) && json_array_size(value) && lq_rng_below(rng, 4))
        (void)json_array_set_new(value, lq_rng_below(rng, json_array_size(value)),
                                 wrong_value(lq_rng_below(rng, LQ_ARRAY_CNT(wrong))));
    else if (lq_rng_below(rng, 8) == 0)
        (void)json_object_del(tree, json_object_iter_key(it));
    else
        (void)json_object_iter_set_new(tree, it,
                                       wrong_value(lq_rng_below(rng, LQ_ARRAY_CNT(wrong))));
}

static void agrees_with_jansson_on_mutated_trees(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(5000, 500000); i--;) {
        const sample_t *s = &samples[lq_rng_below(&rng, sample_cnt)];
        json_t *tree = json_loads(s->text, 0, NULL);
        size_t cnt = 1 + lq_rng_below(&rng, 3);
        for (size_t k = 0; k < cnt; k++)
            mutate_tree(&rng, tree);
        compare_tree(s, tree, true);
        json_decref(tree);
    }
}

/* Bytes changed, taken away, doubled. */
static void mutate_text(lq_rng_t *rng, char *text, size_t *sz)
{
    static const char bytes[] = "0123456789abcdefABCDEFxXg\"{}[]:, ntu-.";
    size_t at = lq_rng_below(rng, *sz);
    switch (lq_rng_below(rng, 3)) {
    case 0:
        text[at] = bytes[lq_rng_below(rng, sizeof(bytes) - 1)];
        break;
    case 1:
        memmove(text + at, text + at + 1, *sz - at);
        (*sz)--;
        break;
    case 2:
        memmove(text + at + 1, text + at, *sz - at + 1);
        (*sz)++;
        break;
    }
}

static void agrees_with_jansson_on_mutated_bytes(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t compared = 0;
    size_t cnt = lq_test_cnt(20000, 2000000);
    for (size_t i = 0; i < cnt; i++) {
        const sample_t *s = &samples[lq_rng_below(&rng, sample_cnt)];
        size_t sz = strlen(s->text);
        char *text = malloc(sz + 8);
        assert_non_null(text);
        memcpy(text, s->text, sz + 1);
        for (size_t k = 1 + lq_rng_below(&rng, 2); k--;)
            mutate_text(&rng, text, &sz);
        json_t *tree = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        view_t ours;
        if (tree && view_by_us(&ours, s->kind, text)) {
            compare(s, text, tree, true);
            compared++;
        }
        json_decref(tree);
        free(text);
    }
    assert_true(compared > cnt / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_nodes_send),
        cmocka_unit_test(takes_each_field_of_a_log),
        cmocka_unit_test(judges_each_member_missing_and_malformed),
        cmocka_unit_test(refuses_a_member_that_comes_twice_unless_it_is_ignored),
        cmocka_unit_test(refuses_what_is_no_object),
        cmocka_unit_test(bounds_data_by_the_room_there_is),
        cmocka_unit_test(agrees_with_jansson_on_mutated_trees),
        cmocka_unit_test(agrees_with_jansson_on_mutated_bytes),
    };
    return cmocka_run_group_tests(tests, read_samples, free_samples);
}
