#ifndef LQ_KEYSTORE_RIG_H
#define LQ_KEYSTORE_RIG_H

/* A folder to write keystores to, with a key and a passphrase: a test's state. */

#include "keys_rig.h"
#include "liqd/keys/keystore.h"

typedef struct rig {
    rig_folder_t folder;
    lq_private_key_t *key;
    lq_secret_t *pass;
} rig_t;

static inline int rig_setup(void **state)
{
    rig_t *rig = calloc(1, sizeof(*rig));
    assert_non_null(rig);
    rig_folder_make(&rig->folder);
    assert_ok(lq_private_key_generate(&rig->key, NULL));
    rig->pass = rig_secret("p");
    *state = rig;
    return 0;
}

static inline int rig_teardown(void **state)
{
    rig_t *rig = *state;
    rig_folder_remove(&rig->folder);
    lq_private_key_free(rig->key);
    lq_secret_free(rig->pass);
    free(rig);
    return 0;
}

#endif
