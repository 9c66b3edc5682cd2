package record

import "errors"

// The bounds of the format. They are part of the protocol: a larger statement or
// record is refused everywhere.
const (
	// MaxStatement is the largest statement, in bytes: what is larger goes by hash or in parts.
	MaxStatement = 48 << 10
	// MaxSigners is the largest number of signers of one statement.
	MaxSigners = 4
	// MaxType is the largest length of a type's name, in bytes.
	MaxType = 32
	// MaxDelegation is the largest delegation record inside a signature, in bytes.
	MaxDelegation = 1 << 10
	// MaxRecord is the largest whole record, in bytes.
	MaxRecord = MaxStatement + 64 + MaxSigners*(sigFixed+MaxDelegation)

	sigFixed = 1 + 32 + 2 + 64 // role, key, delegation length, signature
)

// What Verify and the parsers refuse. Match with errors.Is; the text around says where.
var (
	// ErrMalformed: the bytes aren't the one valid form of a statement or record. Don't ask for it again.
	ErrMalformed = errors.New("malformed record")
	// ErrTooLarge: over a bound of this package.
	ErrTooLarge = errors.New("record too large")
	// ErrVersion: a framing version that this code doesn't know. A newer node may.
	ErrVersion = errors.New("unknown record version")
	// ErrKey: not a canonical Ed25519 key of large order.
	ErrKey = errors.New("key refused")
	// ErrSigner: a signature by a key or role that isn't listed, doubled, or out of order.
	ErrSigner = errors.New("signature by a signer not listed in order")
	// ErrSignature: a signature that doesn't verify.
	ErrSignature = errors.New("signature doesn't verify")
	// ErrRecipient: addressed to somebody else.
	ErrRecipient = errors.New("not addressed to this party")
	// ErrDelegation: a delegation that doesn't verify, isn't by the listed key, or is out of its time.
	ErrDelegation = errors.New("delegation refused")
	// ErrIncomplete: a signer's signature is missing where the whole is needed.
	ErrIncomplete = errors.New("record incomplete")
)
