package localapi

import (
	"context"

	localv1 "github.com/bywaynet/byway/proto/byway/local/v1"
	"github.com/bywaynet/byway/proto/byway/local/v1/localv1connect"
	"github.com/bywaynet/byway/protocol/evidence"
	"github.com/bywaynet/byway/protocol/record"
)

// Bundles makes bundles of evidence: the node, from all that it keeps.
type Bundles interface {
	// Bundle returns the bundle of the agreement that began with that proffer or acceptance.
	Bundle(ctx context.Context, thread record.ID) (evidence.Bundle, error)
}

// Evidence serves the EvidenceService. All its fields are required.
type Evidence struct {
	localv1connect.UnimplementedEvidenceServiceHandler
	// Dealing finds the agreement that the caller means.
	Dealing *Dealing
	Bundles Bundles
}

// ExportBundle implements the service.
func (e *Evidence) ExportBundle(ctx context.Context, req *localv1.ExportBundleRequest) (*localv1.ExportBundleResponse, error) {
	id, err := e.Dealing.find(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	b, err := e.Bundles.Bundle(ctx, id)
	if err != nil {
		return nil, dealingFailure(err)
	}
	return &localv1.ExportBundleResponse{Bundle: b.Bytes(), Agreement: id.String(), Records: uint32(len(b.Records()))}, nil
}
