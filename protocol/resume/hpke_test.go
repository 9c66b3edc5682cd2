package resume

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"
)

// sealBy is HPKE's single-shot seal (RFC 9180, base mode, the suite of this protocol, no aad) with an ephemeral
// key of the test's: a second implementation, so that vectors stay the same.
func sealBy(t testing.TB, ephemeral, to *ecdh.PrivateKey, info, plain []byte) []byte {
	t.Helper()
	shared, err := ephemeral.ECDH(to.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	enc := ephemeral.PublicKey().Bytes()
	kem, suite := "KEM\x00\x20", "HPKE\x00\x20\x00\x01\x00\x02"
	secret := expand(extract(nil, kem, "eae_prk", shared), kem, "shared_secret", slices.Concat(enc, to.PublicKey().Bytes()), 32)
	context := slices.Concat([]byte{0}, extract(nil, suite, "psk_id_hash", nil), extract(nil, suite, "info_hash", info))
	prk := extract(secret, suite, "secret", nil)
	block, err := aes.NewCipher(expand(prk, suite, "key", context, 32))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead.Seal(enc, expand(prk, suite, "base_nonce", context, 12), plain, nil)
}

// extract is LabeledExtract of RFC 9180, 4.
func extract(salt []byte, suite, label string, ikm []byte) []byte {
	m := hmac.New(sha256.New, salt)
	m.Write(slices.Concat([]byte("HPKE-v1"), []byte(suite), []byte(label), ikm))
	return m.Sum(nil)
}

// expand is LabeledExpand of RFC 9180, 4, of at most 32 bytes.
func expand(prk []byte, suite, label string, info []byte, size int) []byte {
	m := hmac.New(sha256.New, prk)
	m.Write(binary.BigEndian.AppendUint16(nil, uint16(size)))
	m.Write(slices.Concat([]byte("HPKE-v1"), []byte(suite), []byte(label), info, []byte{1}))
	return m.Sum(nil)[:size]
}
