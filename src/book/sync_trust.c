#include "sync_internal.h"

lq_trust_t sync_trust(const sync_member_t *m)
{
    if (m->stopped)
        return LQ_TRUST_STOPPED;
    if (!m->read_once)
        return LQ_TRUST_NONE;
    return m->matched_cnt >= LQ_TRUST_AUDIT_CNT ? LQ_TRUST_FULL : LQ_TRUST_AUDIT_ONLY;
}

/* Another version has other arithmetic: what matched before says nothing of it. */
void sync_trust_step(lq_sync_t *s)
{
    for (uint32_t i = 0; i < s->config.instance_cnt; i++) {
        sync_member_t *m = &s->members[i];
        unsigned version = s->adapters[i]->version(s->selves[i]);
        if (version != m->version && m->read_once) {
            m->version = version;
            m->matched_cnt = 0;
        }
        lq_trust_t trust = sync_trust(m);
        if (trust == m->told)
            continue;
        m->told = trust;
        lq_sync_notice_t n = sync_blank(s, LQ_SYNC_NOTICE_TRUST, i);
        n.trust = trust;
        sync_tell(s, &n);
    }
}

void lq_sync_restart(lq_sync_t *s, uint32_t instance)
{
    LQ_ASSERT(instance < s->config.instance_cnt);
    sync_member_t *m = &s->members[instance];
    if (!m->stopped)
        return;
    m->stopped = false;
    m->missed_cnt = 0;
    m->matched_cnt = 0;
    sync_trust_step(s);
}
