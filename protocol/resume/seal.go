package resume

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"fmt"

	"google.golang.org/protobuf/proto"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/record"
)

const sealSize = 32

func suite() (hpke.KEM, hpke.KDF, hpke.AEAD) {
	return hpke.DHKEM(ecdh.X25519()), hpke.HKDFSHA256(), hpke.AES256GCM()
}

// proof says that who signs has the key of the claim now.
type proof struct {
	id    record.ID
	claim record.ID
	to    record.Key
	seal  []byte // an X25519 public key
}

// prove makes a proof for a claim, and the secret that opens what is sealed to it.
func prove(ctx context.Context, c Claim, by record.Signer) (record.Record, hpke.PrivateKey, error) {
	kem, _, _ := suite()
	secret, err := kem.GenerateKey()
	if err != nil {
		return record.Record{}, nil, err
	}
	payload, err := deterministic.Marshal(&bywayv1.Proof{Claim: c.ID[:], To: c.To[:], Seal: secret.PublicKey().Bytes()})
	if err != nil {
		return record.Record{}, nil, err
	}
	s, err := record.New(record.Draft{
		Type: TypeProof, Version: version, Payload: payload, Signers: []record.Signatory{{Role: record.RoleAuthor, Key: by.Key()}},
	})
	if err != nil {
		return record.Record{}, nil, err
	}
	r, err := record.SignBy(ctx, s, by)
	return r, secret, err
}

func readProof(r record.Record) (proof, error) {
	if err := proofForm.Check(r); err != nil {
		return proof{}, err
	}
	p, err := unmarshalProof(r.Statement().Payload())
	p.id = r.ID()
	return p, err
}

func unmarshalProof(b []byte) (proof, error) {
	var m bywayv1.Proof
	if err := proto.Unmarshal(b, &m); err != nil {
		return proof{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(m.GetSeal()) != sealSize {
		return proof{}, fmt.Errorf("%w: a key of %d bytes to seal to", ErrMalformed, len(m.GetSeal()))
	}
	if !sealable(m.GetSeal()) {
		return proof{}, fmt.Errorf("%w: a key of small order to seal to", ErrMalformed)
	}
	id, err := idFromWire(m.GetClaim())
	if err != nil {
		return proof{}, err
	}
	to, err := record.ParseKey(m.GetTo())
	if err != nil {
		return proof{}, err
	}
	return proof{claim: id, to: to, seal: m.GetSeal()}, nil
}

// sealable reports whether something can be sealed to an X25519 public key (RFC 7748, 6.1): a key
// that yields zeros with one secret does so with all, so that any secret tells.
func sealable(key []byte) bool {
	secret, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{1}, sealSize))
	if err != nil {
		return false
	}
	public, err := ecdh.X25519().NewPublicKey(key)
	if err != nil {
		return false
	}
	_, err = secret.ECDH(public)
	return err == nil
}

func (p proof) marshal() ([]byte, error) {
	return deterministic.Marshal(&bywayv1.Proof{Claim: p.claim[:], To: p.to[:], Seal: p.seal})
}

// fits returns nil where p was made for c by its author.
func (p proof) fits(c Claim, by record.Key) error {
	if p.claim != c.ID || p.to != c.To || by != c.By {
		return fmt.Errorf("%w: %s", ErrProof, p.claim.Short())
	}
	return nil
}

// sealTo returns the response that the maker of p alone reads.
func sealTo(p proof, page []byte) ([]byte, error) {
	kem, kdf, aead := suite()
	to, err := kem.NewPublicKey(p.seal)
	if err != nil {
		return nil, fmt.Errorf("%w: the key to seal to: %w", ErrMalformed, err)
	}
	b, err := hpke.Seal(to, kdf, aead, p.id[:], page)
	if err != nil {
		return nil, fmt.Errorf("%w: the key to seal to: %w", ErrMalformed, err)
	}
	return deterministic.Marshal(&bywayv1.ResumeResponse{Sealed: b})
}

// openSealed returns the page in a response to the proof with the given id.
func openSealed(secret hpke.PrivateKey, id record.ID, resp []byte) (page, error) {
	var m bywayv1.ResumeResponse
	if err := proto.Unmarshal(resp, &m); err != nil {
		return page{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	_, kdf, aead := suite()
	b, err := hpke.Open(secret, kdf, aead, id[:], m.GetSealed())
	if err != nil {
		return page{}, fmt.Errorf("%w: a page that doesn't open: %w", ErrMalformed, err)
	}
	return unmarshalPage(b)
}
