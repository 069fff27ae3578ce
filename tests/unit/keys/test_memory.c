/* What a process that uses keys leaves in its memory. The test runs itself as another process,
   which only ever meets the secrets in files, and searches that one's whole memory and its core
   image. */

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "keys_rig.h"
#include "liqd/keys/keystore.h"
#include "liqd/keys/relay_key.h"
#include "liqd/keys/signer.h"
#include "scrypt_internal.h"

/* Made anew for each test, so that the program itself does not hold it. */
#define PASSPHRASE_SZ 32

static const lq_scrypt_cost_t cost = {.n = 1024, .r = 8, .p = 1};

/* Not secret: what a search of the child must find. */
static const char marker[] = "a marker in ordinary memory, 0x";

/* ---- the other process ---- */

#define CHECK(cond)                                                   \
    do {                                                              \
        if (!(cond)) {                                                \
            (void)fprintf(stderr, "%d: %s fails\n", __LINE__, #cond); \
            _exit(1);                                                 \
        }                                                             \
    } while (0)

/* Tells the test that it has come so far, and waits until that has looked. */
static void show(void)
{
    char c;
    CHECK(write(STDOUT_FILENO, ".", 1) == 1);
    CHECK(read(STDIN_FILENO, &c, 1) == 1);
}

static lq_private_key_t *load(const char *folder)
{
    char path[256];
    lq_keystore_t store;
    lq_secret_t *pass;
    lq_private_key_t *key;
    (void)snprintf(path, sizeof(path), "%s/pass", folder);
    CHECK(lq_secret_read_file(&pass, NULL, path) == LQ_OK);
    (void)snprintf(path, sizeof(path), "%s/key.json", folder);
    CHECK(lq_keystore_read(&store, NULL, path) == LQ_OK);
    CHECK(lq_keystore_decrypt(&key, NULL, path, &store, pass) == LQ_OK);
    lq_secret_free(pass);
    return key;
}

static void sign_some(lq_signer_t *signer)
{
    lq_tx_signed_t *out;
    lq_tx_t tx = {.chain_id = 1, .gas_limit = 21000, .to = lq_signer_address(signer)};
    CHECK(lq_tx_signed_new(&out, 1024) == LQ_OK);
    for (uint64_t i = 0; i < 300; i++) { /* past a new blinding */
        tx.nonce = i;
        CHECK(lq_signer_sign(signer, out, NULL, LQ_PURPOSE_CANCEL, &tx, i) == LQ_OK);
        CHECK(lq_tx_signed_verify(out) == LQ_OK);
    }
    /* the last use of the key is a signature, not a verification over it */
    CHECK(lq_signer_sign(signer, out, NULL, LQ_PURPOSE_CANCEL, &tx, 300) == LQ_OK);
    lq_tx_signed_free(out);
}

static lq_signer_t *open_signer(const char *folder)
{
    lq_signer_t *signer;
    lq_policy_t policy = {.chain_id = 1};
    policy.rules[LQ_PURPOSE_CANCEL] =
        (lq_policy_rule_t){.gas_limit_max = 21000, .rate_cnt = 10, .rate_window_ns = 1};
    CHECK(lq_signer_open(&signer, NULL, load(folder), &policy) == LQ_OK);
    return signer;
}

static void sign_and_close(const char *folder)
{
    lq_signer_t *signer = open_signer(folder);
    show();
    sign_some(signer);
    show();
    lq_signer_close(signer);
    show();
}

static void head_and_close(const char *folder)
{
    lq_relay_key_t *key;
    char header[LQ_RELAY_HEADER_SZ + 1];
    CHECK(lq_relay_key_open(&key, NULL, load(folder), &(lq_address_t){{0}}) == LQ_OK);
    CHECK(lq_relay_key_header(key, header, "body", 4) == LQ_OK);
    show();
    lq_relay_key_close(key);
    show();
}

/* "liqd keys import", and "new" where there is no key. */
static void create(const char *folder)
{
    char path[256];
    lq_secret_t *text = NULL;
    lq_secret_t *pass;
    lq_private_key_t *key;
    (void)snprintf(path, sizeof(path), "%s/hex", folder);
    if (access(path, F_OK) == 0) {
        CHECK(lq_secret_read_file(&text, NULL, path) == LQ_OK);
        CHECK(lq_private_key_parse(&key, NULL, text) == LQ_OK);
        lq_secret_free(text);
    } else {
        CHECK(lq_private_key_generate(&key, NULL) == LQ_OK);
    }
    (void)snprintf(path, sizeof(path), "%s/pass", folder);
    CHECK(lq_secret_read_file(&pass, NULL, path) == LQ_OK);
    (void)snprintf(path, sizeof(path), "%s/new.json", folder);
    CHECK(lq_keystore_create(NULL, path, key, pass, cost) == LQ_OK);
    lq_secret_free(pass);
    show();
    lq_private_key_free(key);
    show();
}

/* The wrong passphrase takes another way out. */
static void fail_to_open(const char *folder)
{
    char path[256];
    lq_keystore_t store;
    lq_secret_t *pass;
    lq_private_key_t *key;
    (void)snprintf(path, sizeof(path), "%s/pass", folder);
    CHECK(lq_secret_read_file(&pass, NULL, path) == LQ_OK);
    (void)snprintf(path, sizeof(path), "%s/key.json", folder);
    CHECK(lq_keystore_read(&store, NULL, path) == LQ_OK);
    store.mac[0] ^= 1;
    CHECK(lq_keystore_decrypt(&key, NULL, path, &store, pass) == LQ_ERR_PASS);
    lq_secret_free(pass);
    show();
}

static void dump_core(const char *folder)
{
    struct rlimit limit;
    char *copy = strdup(marker);
    CHECK(copy);
    volatile char *heap = copy;
    heap[sizeof(marker) - 2] = '1'; /* not as it stands in the program */
    CHECK(chdir(folder) == 0);
    CHECK(getrlimit(RLIMIT_CORE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_CORE, &limit) == 0);
    sign_some(open_signer(folder));
    (void)raise(SIGABRT);
    free(copy);
}

typedef struct part {
    const char *name;
    void (*act)(const char *folder);
} part_t;

static const part_t parts[] = {
    {"sign", sign_and_close}, {"head", head_and_close}, {"create", create},
    {"fail", fail_to_open},   {"core", dump_core},
};

/* ---- the search ---- */

/* Pieces of secrets. Eight bytes are enough to know one by: any copy of half a key has one. */
#define PATTERN_MAX 64
typedef struct patterns {
    struct {
        uint8_t bytes[16];
        size_t sz;
        const char *what;
    } all[PATTERN_MAX];
    size_t cnt;
} patterns_t;

static void add(patterns_t *p, const void *bytes, size_t sz, const char *what)
{
    assert_true(p->cnt < PATTERN_MAX && sz <= sizeof(p->all[0].bytes));
    memcpy(p->all[p->cnt].bytes, bytes, sz);
    p->all[p->cnt].sz = sz;
    p->all[p->cnt].what = what;
    p->cnt++;
}

/* Bytes as they are and, as libsecp256k1's scalars have them, least significant first. */
static void add_bytes(patterns_t *p, const uint8_t *bytes, size_t sz, const char *what)
{
    for (size_t i = 0; i + 8 <= sz; i += 8) {
        uint8_t reversed[8];
        for (size_t k = 0; k < 8; k++)
            reversed[k] = bytes[i + 7 - k];
        add(p, bytes + i, 8, what);
        add(p, reversed, 8, what);
    }
}

static void add_key(patterns_t *p, const uint8_t key[32])
{
    char hex[65] = {0};
    add_bytes(p, key, 32, "key");
    lq_hex_encode(hex, key, 32);
    for (size_t i = 0; i < 64; i += 16) {
        char upper[16];
        for (size_t k = 0; k < 16; k++)
            upper[k] = (char)(hex[i + k] >= 'a' ? hex[i + k] - 32 : hex[i + k]);
        add(p, hex + i, 16, "key in hexadecimal");
        add(p, upper, 16, "key in hexadecimal");
    }
}

static void add_passphrase(patterns_t *p, const char passphrase[PASSPHRASE_SZ])
{
    for (size_t i = 0; i + 8 <= PASSPHRASE_SZ; i += 8)
        add(p, passphrase + i, 8, "passphrase");
}

/* The keys of cipher and MAC that the passphrase gives for STORE. */
static void add_derived(patterns_t *p, const char passphrase[PASSPHRASE_SZ],
                        const lq_keystore_t *store)
{
    uint8_t derived[32];
    assert_ok(lq_scrypt(derived, sizeof(derived), NULL, (const uint8_t *)passphrase, PASSPHRASE_SZ,
                        store->salt, store->salt_sz, store->scrypt));
    add_bytes(p, derived, sizeof(derived), "derived key");
}

static const char *find(const patterns_t *p, const void *bytes, size_t sz)
{
    for (size_t i = 0; i < p->cnt; i++)
        if (memmem(bytes, sz, p->all[i].bytes, p->all[i].sz))
            return p->all[i].what;
    return NULL;
}

/* A mapping of the child's. */
typedef struct mapping {
    unsigned long from;
    unsigned long to;
    char name[512];
    bool readable;
    bool kept; /* out of dumps and locked */
} mapping_t;

/* The next mapping of an open /proc/PID/smaps; false at the end. */
static bool next_mapping(mapping_t *m, FILE *smaps)
{
    char line[512];
    bool inside = false;
    while (fgets(line, sizeof(line), smaps)) {
        unsigned long from; /* other lines begin like a number too */
        unsigned long to;
        if (rig_mapping(&from, &to, line)) {
            inside = true;
            *m = (mapping_t){.from = from, .to = to, .readable = strstr(line, " r") != NULL};
            (void)snprintf(m->name, sizeof(m->name), "%s", line + strcspn(line, "[/\n"));
        } else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            m->kept = strstr(line, " dd") && strstr(line, " lo");
            return true;
        }
    }
    return false;
}

/* Searches all that PID has mapped. Returns in how many locked mappings SECRET is; elsewhere the
   test fails at once. */
static size_t search(pid_t pid, const patterns_t *secret)
{
    char path[64];
    mapping_t m;
    size_t kept_cnt = 0;
    bool saw_marker = false;
    (void)snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
    FILE *smaps = fopen(path, "re");
    (void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
    int mem = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(smaps && mem >= 0);
    while (next_mapping(&m, smaps)) {
        size_t sz = m.to - m.from;
        if (!m.readable || strstr(m.name, "[v")) /* the kernel's own */
            continue;
        char *bytes = malloc(sz);
        assert_non_null(bytes);
        ssize_t got = pread(mem, bytes, sz, (off_t)m.from);
        const char *what = got > 0 ? find(secret, bytes, (size_t)got) : NULL;
        if (what && !m.kept)
            fail_msg("%s in %lx-%lx %s", what, m.from, m.to, m.name);
        kept_cnt += what != NULL;
        saw_marker |= got > 0 && memmem(bytes, (size_t)got, marker, sizeof(marker)) != NULL;
        free(bytes);
    }
    (void)fclose(smaps);
    (void)close(mem);
    assert_true(saw_marker); /* it did read the memory */
    return kept_cnt;
}

/* ---- the tests ---- */

typedef struct rig {
    rig_folder_t folder;
    uint8_t key[32];
    char passphrase[PASSPHRASE_SZ + 1];
    patterns_t secrets; /* passphrase, derived key, key */
    pid_t pid;
    int to_child;
    int from_child;
} rig_t;

static int setup(void **state)
{
    rig_t *rig = calloc(1, sizeof(*rig));
    assert_non_null(rig);
    *state = rig;
    rig_folder_make(&rig->folder);
    lq_private_key_t *key;
    lq_keystore_t store;
    assert_ok(lq_private_key_generate(&key, NULL));
    lq_hex_encode(rig->passphrase, key->b, PASSPHRASE_SZ / 2);
    for (size_t i = 0; i < PASSPHRASE_SZ; i++)
        rig->passphrase[i] ^= 0x40; /* no piece of the key's digits */
    lq_secret_t *pass = rig_secret(rig->passphrase);
    lq_private_key_free(key);
    assert_ok(lq_private_key_generate(&key, NULL));
    memcpy(rig->key, key->b, sizeof(rig->key));
    assert_ok(lq_keystore_create(NULL, rig_path(&rig->folder, "key.json"), key, pass, cost));
    assert_ok(lq_keystore_read(&store, NULL, rig_path(&rig->folder, "key.json")));
    rig_write(rig_path(&rig->folder, "pass"), rig->passphrase, PASSPHRASE_SZ, 0400);
    lq_private_key_free(key);
    lq_secret_free(pass);
    add_key(&rig->secrets, rig->key);
    add_passphrase(&rig->secrets, rig->passphrase);
    add_derived(&rig->secrets, rig->passphrase, &store);
    return 0;
}

static int teardown(void **state)
{
    rig_t *rig = *state;
    rig_folder_remove(&rig->folder);
    free(rig);
    return 0;
}

static void start(rig_t *rig, const char *part)
{
    char program[] = "test_memory";
    char name[16];
    int in[2];
    int out[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    rig->pid = fork();
    assert_true(rig->pid >= 0);
    if (rig->pid == 0) {
        char *args[] = {program, name, rig->folder.path, NULL};
        (void)snprintf(name, sizeof(name), "%s", part);
        CHECK(dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0);
        (void)execv("/proc/self/exe", args);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    rig->to_child = in[1];
    rig->from_child = out[0];
}

/* Waits until the child shows itself, and returns in how many locked mappings PATTERNS is. */
static size_t look(rig_t *rig, const patterns_t *patterns)
{
    char c;
    assert_int_equal(read(rig->from_child, &c, 1), 1);
    return search(rig->pid, patterns);
}

static void go_on(const rig_t *rig)
{
    assert_int_equal(write(rig->to_child, "x", 1), 1);
}

static int end(const rig_t *rig)
{
    int status;
    assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
    (void)close(rig->to_child);
    (void)close(rig->from_child);
    return status;
}

static void skip_with_sanitizers(void)
{
    if (RIG_SANITIZED) {
        print_message("skipped: a sanitizer keeps copies of the stack and locks nothing\n");
        skip();
    }
}

static void holds_a_key_in_locked_memory_alone_and_nowhere_once_closed(void **state)
{
    rig_t *rig = *state;
    skip_with_sanitizers();
    start(rig, "sign");
    assert_int_equal(look(rig, &rig->secrets), 1); /* opened: the signer's own */
    go_on(rig);
    assert_int_equal(look(rig, &rig->secrets), 1); /* has signed */
    go_on(rig);
    assert_int_equal(look(rig, &rig->secrets), 0); /* closed */
    go_on(rig);
    assert_int_equal(end(rig), 0);
}

static void holds_a_relay_key_likewise(void **state)
{
    rig_t *rig = *state;
    skip_with_sanitizers();
    start(rig, "head");
    assert_int_equal(look(rig, &rig->secrets), 1);
    go_on(rig);
    assert_int_equal(look(rig, &rig->secrets), 0);
    go_on(rig);
    assert_int_equal(end(rig), 0);
}

static void leaves_nothing_of_an_imported_key(void **state)
{
    rig_t *rig = *state;
    char hex[65] = {0};
    skip_with_sanitizers();
    lq_hex_encode(hex, rig->key, 32);
    rig_write(rig_path(&rig->folder, "hex"), hex, 64, 0400);
    start(rig, "create");
    assert_int_equal(look(rig, &rig->secrets), 1); /* not freed yet */
    go_on(rig);
    assert_int_equal(look(rig, &rig->secrets), 0);
    go_on(rig);
    assert_int_equal(end(rig), 0);
}

static void leaves_nothing_of_a_generated_key(void **state)
{
    rig_t *rig = *state;
    char c;
    lq_keystore_t store;
    lq_private_key_t *key;
    patterns_t secrets = {.cnt = 0};
    skip_with_sanitizers();
    start(rig, "create");
    assert_int_equal(read(rig->from_child, &c, 1), 1);
    lq_secret_t *pass = rig_secret(rig->passphrase);
    assert_ok(lq_keystore_read(&store, NULL, rig_path(&rig->folder, "new.json")));
    assert_ok(lq_keystore_decrypt(&key, NULL, "new.json", &store, pass));
    add_key(&secrets, key->b);
    add_passphrase(&secrets, rig->passphrase);
    add_derived(&secrets, rig->passphrase, &store);
    lq_private_key_free(key);
    lq_secret_free(pass);
    assert_int_equal(search(rig->pid, &secrets), 1);
    go_on(rig);
    assert_int_equal(look(rig, &secrets), 0);
    go_on(rig);
    assert_int_equal(end(rig), 0);
}

static void leaves_nothing_of_a_passphrase_that_fails(void **state)
{
    rig_t *rig = *state;
    skip_with_sanitizers();
    start(rig, "fail");
    assert_int_equal(look(rig, &rig->secrets), 0);
    go_on(rig);
    assert_int_equal(end(rig), 0);
}

/* Where the kernel writes core images beside the process; elsewhere they go to a program that is
   not ours to ask, and the flags that the tests above look at must do. */
static void dumps_no_key(void **state)
{
    rig_t *rig = *state;
    char pattern[128] = {0};
    skip_with_sanitizers();
    FILE *f = fopen("/proc/sys/kernel/core_pattern", "re");
    if (!f || !fgets(pattern, sizeof(pattern), f) || strpbrk(pattern, "|/%")) {
        print_message("skipped: core images go to \"%s\"\n", pattern);
        skip();
    }
    (void)fclose(f);
    start(rig, "core");
    int status = end(rig);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    char path[256];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/core", rig->folder.path);
    if (stat(path, &st) != 0)
        (void)snprintf(path, sizeof(path), "%s/core.%d", rig->folder.path, (int)rig->pid);
    if (!WCOREDUMP(status) || stat(path, &st) != 0) {
        print_message("skipped: no core image was made\n");
        skip();
    }
    size_t sz;
    char *core = lq_test_read(path, &sz);
    char in_heap[sizeof(marker)];
    memcpy(in_heap, marker, sizeof(marker));
    in_heap[sizeof(marker) - 2] = '1';
    assert_non_null(memmem(core, sz, in_heap, sizeof(in_heap))); /* it is that process's */
    const char *what = find(&rig->secrets, core, sz);
    if (what)
        fail_msg("%s in the core image", what);
    free(core);
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        for (size_t i = 0; i < LQ_ARRAY_CNT(parts); i++)
            if (strcmp(argv[1], parts[i].name) == 0)
                parts[i].act(argv[2]);
        return 0;
    }
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(holds_a_key_in_locked_memory_alone_and_nowhere_once_closed),
        TEST(holds_a_relay_key_likewise),
        TEST(leaves_nothing_of_an_imported_key),
        TEST(leaves_nothing_of_a_generated_key),
        TEST(leaves_nothing_of_a_passphrase_that_fails),
        TEST(dumps_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
