#ifndef TLS_CERTIFICATE_H
#define TLS_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lq_test.h"

/* Makes a certificate for NAMES ("IP:127.0.0.1"), signed by itself, valid from FROM_SEC to TO_SEC
   from now, and writes it to PATH. */
static inline void tls_certificate(EVP_PKEY **key, X509 **cert, const char *path, const char *names,
                                   long from_sec, long to_sec)
{
    *key = EVP_EC_gen("P-256");
    *cert = X509_new();
    X509_set_version(*cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(*cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(*cert), from_sec);
    X509_gmtime_adj(X509_getm_notAfter(*cert), to_sec);
    X509_NAME *name = X509_get_subject_name(*cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(*cert, name);
    X509_set_pubkey(*cert, *key);
    X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    assert_non_null(san);
    X509_add_ext(*cert, san, -1);
    X509_EXTENSION_free(san);
    assert_true(X509_sign(*cert, *key, EVP_sha256()) > 0);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    PEM_write_X509(f, *cert);
    fclose(f);
}

#endif
