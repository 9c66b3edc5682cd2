package agreement

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bywaynet/byway/protocol/record"
)

// Agreement is what is held about one thread: a proffer, or an acceptance of an open
// one, and all that was said about it. It is a value: Apply returns a changed copy,
// and what it returns depends on the set of messages applied, not on their order.
// The zero Agreement holds nothing and belongs to neither side; see For.
type Agreement struct {
	me       Side
	proffer  *fact    // the proffer or acceptance, from the first record that had it
	whole    *fact    // the proffer with both signatures; the acceptance
	alts     [2]alt   // alternatives by id; a second one is a breach, a third isn't kept
	declines [2]*fact // by side - 1
	ends     [2]*fact // by side - 1
	receipts [2][]*fact
	with     []record.Verified // what went along with the proffer
	note     note
}

// fact is one message held. Never changed.
type fact struct {
	m   Message
	at  time.Time
	sum [32]byte
}

type alt struct {
	body  *fact // the alternative, from the first record that had it
	whole *fact // with both signatures
}

// For returns the empty Agreement as one side sees it.
func For(me Side) Agreement { return Agreement{me: me} }

// State is how far a thread came. It depends on nothing but the records held.
type State uint8

// The states, later ones prevailing.
const (
	Open     State = iota // proffered at most
	Answered              // declined, or answered with an alternative
	Complete              // a body has both signatures, or an acceptance is held
	Ended                 // either side ended it, or the person withdrew it
)

var stateNames = [...]string{"open", "answered", "complete", "ended"}

// String returns the state in a word.
func (s State) String() string { return stateNames[min(s, Ended)] }

// State returns how far it came: ended > complete > answered > open.
func (a Agreement) State() State {
	switch {
	case a.ends != [2]*fact{}:
		return Ended
	case a.whole != nil || a.alts[0].whole != nil || a.alts[1].whole != nil:
		return Complete
	case a.alts[0].body != nil || a.declines != [2]*fact{}:
		return Answered
	}
	return Open
}

// Apply returns what is held once m, judged at the given time, is held too. What is
// held already changes nothing and is no error. Errors, with a unchanged: ErrUnknown
// for what isn't about something held here, ErrSigner for what that party may not
// say, ErrContradiction for another signature or body where the first is kept.
func (a Agreement) Apply(m Message, at time.Time) (Agreement, error) {
	if a.proffer == nil {
		return a.begin(m, at)
	}
	if m.Kind != KindReceipt && m.Thread() != a.ID() {
		return a, fmt.Errorf("%w: it is about %s", ErrUnknown, m.Thread().Short())
	}
	if m.First != a.First() || m.Second != a.Second() {
		return a, fmt.Errorf("%w: it isn't between these two parties", ErrSigner)
	}
	f := &fact{m: m, at: at}
	switch m.Kind {
	case KindProffer:
		return a, a.proffer.sameBy(First, m)
	case KindAcceptance:
		return a, a.proffer.sameBy(Second, m)
	case KindAccept:
		if m.Body.Answers.IsZero() {
			return a.accept(f)
		}
		return a.alternative(f)
	case KindAlternative:
		return a.alternative(f)
	case KindDecline:
		return a.decline(f)
	case KindEnd:
		return a, keepFirst(&a.ends, f)
	case KindReceipt:
		return a.receipt(f)
	}
	return a, ErrType
}

// begin takes the record that a thread begins with.
func (a Agreement) begin(m Message, at time.Time) (Agreement, error) {
	f := (&fact{m: m, at: at}).summed()
	switch {
	case m.Kind == KindProffer:
		a.proffer = f
	case m.Kind == KindAcceptance, m.Kind == KindAccept && m.Body.Answers.IsZero():
		a.proffer, a.whole = f, f
	default:
		return a, fmt.Errorf("%w: a thread begins with a proffer, not with a %s", ErrUnknown, m.Kind)
	}
	return a, nil
}

func (a Agreement) accept(f *fact) (Agreement, error) {
	if a.whole != nil {
		return a, a.whole.sameBy(Second, f.m)
	}
	if err := a.proffer.sameBy(First, f.m); err != nil {
		return a, err
	}
	a.whole = f.summed()
	return a, nil
}

func (a Agreement) alternative(f *fact) (Agreement, error) {
	if p := a.proffer.m.Body; f.m.Body.Terms == p.Terms || !f.m.Body.offersSame(p) {
		return a, fmt.Errorf("%w: an alternative has other terms, and nothing else that differs", ErrMalformed)
	}
	i := slices.IndexFunc(a.alts[:], func(x alt) bool { return x.body != nil && x.body.m.Rec.ID() == f.m.Rec.ID() })
	if i < 0 {
		if a.alts[1].body != nil {
			return a, fmt.Errorf("%w: two alternatives are held", ErrContradiction)
		}
		n := alt{body: f.summed()}
		if f.m.Kind == KindAccept {
			n.whole = f
		}
		if o := a.alts[0]; o.body != nil && compareIDs(o.body, f) < 0 {
			a.alts = [2]alt{o, n}
		} else {
			a.alts = [2]alt{n, o}
		}
		return a, nil
	}
	held := &a.alts[i]
	if err := held.body.sameBy(Second, f.m); err != nil || f.m.Kind == KindAlternative {
		return a, err
	}
	if held.whole != nil {
		return a, held.whole.sameBy(First, f.m)
	}
	held.whole = f.summed()
	return a, nil
}

func (a Agreement) decline(f *fact) (Agreement, error) {
	if f.m.By == First && !slices.ContainsFunc(a.alts[:], func(x alt) bool { return x.body != nil && x.body.m.Rec.ID() == f.m.About }) {
		return a, fmt.Errorf("%w: it declines %s", ErrUnknown, f.m.About.Short())
	}
	if a.whole != nil && a.proffer.m.Kind == KindAcceptance {
		return a, fmt.Errorf("%w: an acceptance isn't declined", ErrContradiction)
	}
	return a, keepFirst(&a.declines, f)
}

// maxReceipts is how many receipts of one side are kept a thread beside those that say something new.
const maxReceipts = 64

// receipt keeps one about what is held. One that says nothing new, as after a loss, is kept
// as well: it has a place in the chain, which would stay empty.
func (a Agreement) receipt(f *fact) (Agreement, error) {
	var about, fresh bool
	for _, r := range f.m.Received {
		if r.Proffer != a.ID() {
			continue
		}
		x, err := a.find(r, f.m.By.Other())
		if err != nil {
			return a, err
		}
		if x != nil {
			about, fresh = true, fresh || !a.received(x)
		}
	}
	if !about {
		return a, fmt.Errorf("%w: the receipt names nothing that is held", ErrUnknown)
	}
	held := a.receipts[f.m.By-1]
	same := slices.ContainsFunc(held, func(h *fact) bool { return h.m.Rec.ID() == f.m.Rec.ID() })
	if !same && (fresh || len(held) < maxReceipts) {
		a.receipts[f.m.By-1] = append(slices.Clip(held), f.summed())
	}
	return a, nil
}

// find returns what by said and r names; nil where that isn't held.
func (a Agreement) find(r Received, by Side) (*fact, error) {
	other := false
	for _, f := range a.waiting() {
		if f.m.By != by || f.m.Rec.ID() != r.ID {
			continue
		}
		if f.sum == r.Sum {
			return f, nil
		}
		other = true
	}
	if other {
		return nil, fmt.Errorf("%w: the receipt names other bytes of %s", ErrContradiction, r.ID.Short())
	}
	return nil, nil
}

// waiting returns all that was said and calls for a receipt, in one order whatever came first.
func (a Agreement) waiting() []*fact {
	fs := make([]*fact, 0, 6)
	if a.whole != nil && a.whole.m.Kind == KindAccept {
		fs = append(fs, a.whole)
	}
	for _, f := range []*fact{
		a.alts[0].alternative(), a.alts[0].whole, a.alts[1].alternative(), a.alts[1].whole,
		a.declines[0], a.declines[1], a.ends[0], a.ends[1],
	} {
		if f != nil {
			fs = append(fs, f)
		}
	}
	return fs
}

// alternative returns what the organisation sent, where the first that came wasn't the whole.
func (x alt) alternative() *fact {
	if x.body == nil || x.body.m.Kind == KindAccept {
		return nil
	}
	return x.body
}

// received reports whether the other side of who said f has acknowledged it.
func (a Agreement) received(f *fact) bool {
	id := f.m.Rec.ID()
	for _, r := range a.receipts[f.m.By.Other()-1] {
		for _, one := range r.m.Received {
			if one.ID == id && one.Sum == f.sum {
				return true
			}
		}
	}
	return false
}

func keepFirst(slots *[2]*fact, f *fact) error {
	held := &slots[f.m.By-1]
	if *held == nil {
		*held = f.summed()
		return nil
	}
	return (*held).sameBy(f.m.By, f.m)
}

// sameBy returns nil where m is the same statement with the same signature by side.
func (f *fact) sameBy(side Side, m Message) error {
	if f.m.Rec.ID() != m.Rec.ID() {
		return fmt.Errorf("%w: another %s by %s is held", ErrContradiction, m.Kind, side)
	}
	held, ok1 := signature(f.m.Rec, side)
	got, ok2 := signature(m.Rec, side)
	if !ok1 || !ok2 || !held.Equal(got) {
		return fmt.Errorf("%w: another signature by %s is held", ErrContradiction, side)
	}
	return nil
}

func signature(v record.Verified, side Side) (record.Signature, bool) {
	for _, s := range v.Record().Signatures() {
		if s.Role == side.role() {
			return s, true
		}
	}
	return record.Signature{}, false
}

func (f *fact) summed() *fact {
	if f.sum == [32]byte{} {
		f.sum = f.m.Rec.Record().Sum()
	}
	return f
}

func compareIDs(a, b *fact) int {
	x, y := a.m.Rec.ID(), b.m.Rec.ID()
	return slices.Compare(x[:], y[:])
}

// ID returns the id of the proffer or acceptance, which is the thread's; zero where nothing is held.
func (a Agreement) ID() record.ID {
	if a.proffer == nil {
		return record.ID{}
	}
	return a.proffer.m.Rec.ID()
}

// First returns the person's key.
func (a Agreement) First() record.Key {
	if a.proffer == nil {
		return record.Key{}
	}
	return a.proffer.m.First
}

// Second returns the organisation's key.
func (a Agreement) Second() record.Key {
	if a.proffer == nil {
		return record.Key{}
	}
	return a.proffer.m.Second
}

// Nonce is the proffer's, under which its commitments were made; zero where nothing is held.
func (a Agreement) Nonce() [16]byte {
	if a.proffer == nil {
		return [16]byte{}
	}
	return a.proffer.m.Body.Nonce
}

// Me returns whose view it is.
func (a Agreement) Me() Side { return a.me }

// Fold returns what the entries of one thread amount to, as their keeper sees it.
// Records of other protocols that went along are kept beside, as are those of another thread
// where none begins; notes that this version doesn't know are skipped. After a loss entries may be in
// any order, and what belongs to something that isn't there counts once that is back. Errors: what
// Read and Apply say of an entry that was never accepted, which means that the journal was
// written by something else.
func Fold(es []record.Entry) (Agreement, error) {
	var a Agreement
	var early []fact
	for i, e := range es {
		if e.Rec.IsZero() {
			a.note = a.note.add(e.Note, e.At)
			continue
		}
		m, err := Read(e.Rec)
		if errors.Is(err, ErrType) || err == nil && a.proffer == nil && m.Kind != KindReceipt && !e.Subject.IsZero() && m.Thread() != e.Subject {
			a.with = append(a.with, e.Rec)
			continue
		}
		if err != nil {
			return Agreement{}, fmt.Errorf("entry %d: %w", i, err)
		}
		if a.me == 0 {
			if a.me = m.By; !e.Mine {
				a.me = m.By.Other()
			}
		}
		next, err := a.Apply(m, e.At)
		if errors.Is(err, ErrUnknown) {
			early = append(early, fact{m: m, at: e.At})
			continue
		}
		if a = next; err != nil {
			return Agreement{}, fmt.Errorf("entry %d: %w", i, err)
		}
	}
	return a.applyEarly(early)
}

// applyEarly applies what came before something that it is about, as far as that came at all.
func (a Agreement) applyEarly(early []fact) (Agreement, error) {
	for again := true; again; {
		again = false
		for i, f := range early {
			next, err := a.Apply(f.m, f.at)
			if errors.Is(err, ErrUnknown) {
				continue
			}
			if err != nil {
				return Agreement{}, err
			}
			a, early, again = next, slices.Delete(slices.Clone(early), i, i+1), true
			break
		}
	}
	if a.proffer == nil {
		a.me = 0 // nothing is held yet
	}
	return a, nil
}
