package localapi

import (
	"context"

	"github.com/bywaynet/byway/protocol/commitment"
	"github.com/bywaynet/byway/protocol/record"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
)

// Fields are the owner's personal fields. What it refuses is a *Failure; no error tells
// anything of a value.
type Fields interface {
	// List returns the categories that values are held of, sorted.
	List() ([]string, error)
	Set(ctx context.Context, category string, value []byte) error
	// Value returns what is held of a category; the caller clears it.
	Value(ctx context.Context, category string) ([]byte, error)
	// Prove opens what an agreement commits to for a category.
	Prove(ctx context.Context, thread record.ID, category string) (commitment.Opening, error)
	// Forget removes the named fields, or all that there are, and makes the backups anew.
	Forget(ctx context.Context, categories []string, all bool) (Forgotten, error)
}

// Forgotten is what a forgetting did.
type Forgotten struct {
	Categories []string
	// Kept says why sealed rows stay until the next start; empty where all went.
	Kept    string
	Backups []Renewed
}

// Renewed says what became of the backups in one folder: a full one was made, without what was
// forgotten, and the older ones were deleted.
type Renewed struct {
	Folder string
	// Made is the file of the new one; empty where none was made.
	Made    string
	Deleted []string
	// Failed says what couldn't be done; empty where all was.
	Failed string
}

// Vault serves the VaultService. All its fields are required.
type Vault struct {
	localv1connect.UnimplementedVaultServiceHandler
	Fields Fields
	// Dealing finds the agreement that the caller means.
	Dealing *Dealing
}

// ListFields implements the service.
func (v *Vault) ListFields(context.Context, *localv1.ListFieldsRequest) (*localv1.ListFieldsResponse, error) {
	categories, err := v.Fields.List()
	return &localv1.ListFieldsResponse{Categories: categories}, err
}

// SetField implements the service.
func (v *Vault) SetField(ctx context.Context, req *localv1.SetFieldRequest) (*localv1.SetFieldResponse, error) {
	value := []byte(req.GetValue())
	defer clear(value)
	return &localv1.SetFieldResponse{}, v.Fields.Set(ctx, req.GetCategory(), value)
}

// ShowField implements the service.
func (v *Vault) ShowField(ctx context.Context, req *localv1.ShowFieldRequest) (*localv1.ShowFieldResponse, error) {
	value, err := v.Fields.Value(ctx, req.GetCategory())
	if err != nil {
		return nil, err
	}
	defer clear(value)
	return &localv1.ShowFieldResponse{Value: string(value)}, nil
}

// ProveField implements the service.
func (v *Vault) ProveField(ctx context.Context, req *localv1.ProveFieldRequest) (*localv1.ProveFieldResponse, error) {
	id, err := v.Dealing.find(ctx, req.GetAgreement())
	if err != nil {
		return nil, err
	}
	o, err := v.Fields.Prove(ctx, id, req.GetCategory())
	if err != nil {
		return nil, err
	}
	b, err := o.Text()
	return &localv1.ProveFieldResponse{Opening: b, Agreement: id.String()}, err
}

// ForgetFields implements the service.
func (v *Vault) ForgetFields(ctx context.Context, req *localv1.ForgetFieldsRequest) (*localv1.ForgetFieldsResponse, error) {
	if named := len(req.GetCategories()) > 0; named == req.GetAll() {
		return nil, Fail(BadInput, "name categories to forget, or all of them, not both").Hint("byway me, for what there is")
	}
	f, err := v.Fields.Forget(ctx, req.GetCategories(), req.GetAll())
	if err != nil {
		return nil, err
	}
	out := &localv1.ForgetFieldsResponse{Categories: f.Categories, Kept: f.Kept}
	for _, r := range f.Backups {
		out.Backups = append(out.Backups, &localv1.RenewedBackups{Folder: r.Folder, Made: r.Made, Deleted: r.Deleted, Failed: r.Failed})
	}
	return out, nil
}
