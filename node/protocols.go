package node

import (
	"golang.org/x/time/rate"

	"github.com/bywaynet/byway/protocol/agreement"
	"github.com/bywaynet/byway/protocol/exchange"
	"github.com/bywaynet/byway/protocol/profile"
)

// What exchange carries: each protocol's own constants, as one contract.
var (
	agreementProtocol = exchange.Protocol{
		ID: agreement.ID, MaxRequest: agreement.MaxRequest, MaxResponse: agreement.MaxResponse,
		Timeout: agreement.Timeout, Rate: agreement.Rate, Burst: agreement.Burst, InFlight: 128,
	}
	profileProtocol = exchange.Protocol{
		ID: profile.ServiceID, MaxRequest: profile.MaxRequest, MaxResponse: profile.MaxRecord,
		Timeout: profile.Timeout, Rate: rate.Limit(profile.Rate), Burst: profile.Burst,
	}
)
