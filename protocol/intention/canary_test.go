package intention

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	bywayv1 "github.com/bywaynet/byway/proto/byway/v1"
	"github.com/bywaynet/byway/protocol/money"
)

// What a field of a cast can tell about its person.
const (
	fresh  = "made anew for each cast"
	thing  = "about what is looked for"
	common = "the same in everybody's"
	shared = "the same in her next cast"
)

// castFields is every field that a cast has, down to the leaves. Whoever adds one has
// to say here what it tells.
var castFields = map[string]string{
	"proffer.terms.roster": common, "proffer.terms.id": common, "proffer.terms.version": common, "proffer.terms.text_sha256": common,
	"proffer.purpose": common, "proffer.data": common, "proffer.law": common, "proffer.valid_until": common,
	"proffer.accept_by": thing, "proffer.nonce": fresh,
	"category": thing, "text": thing, "quantity": thing, "unit": thing, "attributes.name": thing, "attributes.value": thing,
	"wishes": thing, "condition": thing, "place": thing, "needed_from": thing, "needed_by": thing, "currency": thing, "expires": thing,
	"reply.direct.peer": shared, "reply.direct.addresses": shared,
	"community": common, "padding": common,
}

// leaves adds the values of all leaf fields by their path, with "" before them so that
// a field stands there when it is unset too.
func leaves(prefix string, m protoreflect.Message, out map[string][]string) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		path := prefix + string(f.Name())
		switch {
		case f.IsList() && f.Message() != nil:
			list := m.Get(f).List()
			leaves(path+".", list.NewElement().Message(), out)
			for j := range list.Len() {
				leaves(path+".", list.Get(j).Message(), out)
			}
		case f.Message() != nil:
			leaves(path+".", m.Get(f).Message(), out)
		case f.IsList():
			out[path] = append(out[path], "")
			for j := range m.Get(f).List().Len() {
				out[path] = append(out[path], fmt.Sprint(m.Get(f).List().Get(j).Interface()))
			}
		default:
			out[path] = append(out[path], "")
			if m.Has(f) {
				out[path] = append(out[path], fmt.Sprint(m.Get(f).Interface()))
			}
		}
	}
}

func wire(t *testing.T, c Cast) map[string][]string {
	t.Helper()
	var m bywayv1.Cast
	if err := proto.Unmarshal(verified(t, cast(t, c, castKey)).Statement().Payload(), &m); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	leaves("", m.ProtoReflect(), out)
	return out
}

func TestACastHasNoFieldForWhatStaysHome(t *testing.T) {
	got := map[string][]string{}
	leaves("", (&bywayv1.Cast{}).ProtoReflect(), got)
	if have, want := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(castFields)); !slices.Equal(have, want) {
		t.Errorf("a cast has the fields\n%q\nof which this test knows\n%q", have, want)
	}
	for path := range got {
		for _, home := range []string{"price", "budget", "max", "name", "address", "street", "mail", "phone", "person", "key"} {
			if strings.Contains(path, home) && path != "attributes.name" && path != "reply.direct.addresses" {
				t.Errorf("%s could hold what stays home", path)
			}
		}
	}
}

// Two things that one person looks for, said as differently as two persons would.
func TestReplyIsAllThatTwoCastsOfOnePersonShare(t *testing.T) {
	first := beans()
	second := Cast{
		Terms: first.Terms, AcceptBy: noon.Add(30 * time.Hour), Nonce: [NonceSize]byte{1}, Category: path("bicycles/locks"), Text: "A folding lock",
		Quantity: 1, Unit: "piece", Attributes: []Attribute{{"length", "90 cm"}}, Wishes: []string{"two keys"}, Condition: ConditionEither,
		Place: "near the river", NeededFrom: Day(noon).AddDate(0, 0, 1), NeededBy: Day(noon).AddDate(0, 0, 3), Currency: money.Currency("CHF"),
		Expires: noon.Add(72 * time.Hour), Reply: first.Reply, Community: first.Community,
	}
	a, b := wire(t, first), wire(t, second)
	for path, what := range castFields {
		same := slices.Equal(a[path], b[path])
		switch {
		case what == shared && !same:
			t.Errorf("%s differs, and was meant to be what they share", path)
		case (what == thing || what == fresh) && same:
			t.Errorf("%s (%s) is the same in both: %q", path, what, a[path])
		case what == common && path != "padding" && !same:
			t.Errorf("%s (%s) differs: %q and %q", path, what, a[path], b[path])
		}
	}
}

// What everybody's casts have in common can't be set by one person.
func TestNobodyCanMarkHerCasts(t *testing.T) {
	for name, mark := range map[string]func(*bywayv1.Cast){
		"purpose":     func(m *bywayv1.Cast) { m.Proffer.Purpose = "an offer for alice" },
		"data":        func(m *bywayv1.Cast) { m.Proffer.Data = append(m.Proffer.Data, "alice") },
		"law":         func(m *bywayv1.Cast) { m.Proffer.Law = "EU" },
		"valid_until": func(m *bywayv1.Cast) { m.Proffer.ValidUntil = 1 },
		"padding":     func(m *bywayv1.Cast) { m.Padding[0] = 'a' },
		"long nonce":  func(m *bywayv1.Cast) { m.Proffer.Nonce = append(m.Proffer.Nonce, 'a') },
	} {
		var m bywayv1.Cast
		good := verified(t, cast(t, beans(), castKey)).Statement().Payload()
		if err := proto.Unmarshal(good, &m); err != nil {
			t.Fatal(err)
		}
		size := len(good)
		mark(&m)
		if over := proto.Size(&m) - size; over > 0 {
			m.Padding = m.Padding[:len(m.Padding)-over]
		} else {
			m.Padding = append(m.Padding, make([]byte, -over)...)
		}
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(&m)
		if err != nil || len(b) != size || bytes.Equal(b, good) {
			t.Fatalf("%s: the test makes %d bytes, want %d (%v)", name, len(b), size, err)
		}
		if verdict, item, err := NewValidator(0).Check(resigned(t, b), town, food, noon); verdict != Reject || item.IsCast() {
			t.Errorf("%s: %s, %v", name, verdict, err)
		}
	}
}
