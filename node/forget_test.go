package node_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bywaynet/byway/node"
	"github.com/bywaynet/byway/node/localapi"
	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
)

// shownAfterRestore restores a folder of backups on a bare machine, and returns what its
// node shows of a category: the value, or how that fails.
func shownAfterRestore(ctx context.Context, t *testing.T, usb, words, category string) (string, error) {
	t.Helper()
	c, _ := restored(t, usb, words)
	api, down := up(t, c)
	defer down()
	r, err := api.Vault.ShowField(ctx, &localv1.ShowFieldRequest{Category: category})
	if names := readable(t, c.Dir, secretAddress); len(names) > 0 {
		t.Errorf("the address is to be read in %q", names)
	}
	return r.GetValue(), err
}

func TestWhatIsForgottenIsInNoBackupThatIsReached(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	alice := newDrillNode(t, node.Config{})
	usb, elsewhere := filepath.Join(t.TempDir(), "usb"), filepath.Join(t.TempDir(), "elsewhere")
	for category, value := range map[string]string{"address": secretAddress, "name": "Alice"} {
		_, err := alice.api.Vault.SetField(ctx, &localv1.SetFieldRequest{Category: category, Value: value})
		must(t, err)
		alice.backUp(ctx, usb)
	}
	must(t, os.CopyFS(elsewhere, os.DirFS(usb)))

	r, err := alice.api.Vault.ForgetFields(ctx, &localv1.ForgetFieldsRequest{Categories: []string{"address"}})
	must(t, err)
	if b := r.GetBackups(); len(b) != 1 || b[0].GetFolder() != usb || b[0].GetMade() == "" || len(b[0].GetDeleted()) != 2 || b[0].GetFailed() != "" {
		t.Fatalf("the backups: %v", b)
	}
	if left, err := os.ReadDir(usb); err != nil || len(left) != 1 || left[0].Name() != r.GetBackups()[0].GetMade() {
		t.Errorf("%v are left (%v)", left, err)
	}
	_, err = shownAfterRestore(ctx, t, usb, alice.words, "address")
	wantKind(t, err, localapi.NotFound)
	if name, err := shownAfterRestore(ctx, t, usb, alice.words, "name"); err != nil || name != "Alice" {
		t.Errorf("the name that wasn't forgotten is %q (%v)", name, err)
	}
	// Control, and what forgetting can't do: a copy that wasn't reached has the key, and opens with the words.
	if got, err := shownAfterRestore(ctx, t, elsewhere, alice.words, "address"); err != nil || got != secretAddress {
		t.Errorf("a copy from before shows %q (%v)", got, err)
	}
}

func TestBackupsThatArentReachedAreNamedWhenForgetting(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	alice := newDrillNode(t, node.Config{})
	usb := filepath.Join(t.TempDir(), "usb")
	_, err := alice.api.Vault.SetField(ctx, &localv1.SetFieldRequest{Category: "address", Value: secretAddress})
	must(t, err)
	alice.backUp(ctx, usb)
	must(t, os.Rename(usb, usb+"-unplugged"))
	r, err := alice.api.Vault.ForgetFields(ctx, &localv1.ForgetFieldsRequest{Categories: []string{"address"}})
	must(t, err)
	if b := r.GetBackups(); len(b) != 1 || b[0].GetFolder() != usb || b[0].GetFailed() == "" {
		t.Errorf("the backups: %v", b)
	}
	_, err = alice.api.Vault.ShowField(ctx, &localv1.ShowFieldRequest{Category: "address"})
	wantKind(t, err, localapi.NotFound)
}
