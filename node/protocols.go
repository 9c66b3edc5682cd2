package node

import (
	"github.com/bywaynet/byway/node/finding"
	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/exchange"
)

// What exchange carries: each protocol's own constants, as one contract.
var (
	agreementProtocol = exchange.Protocol{
		ID: agreement.ID, MaxRequest: agreement.MaxRequest, MaxResponse: agreement.MaxResponse,
		Timeout: agreement.Timeout, Rate: agreement.Rate, Burst: agreement.Burst, InFlight: 128,
	}
	profileProtocol = finding.CardProtocol() // finding asks by it, this node answers
)
